"""Losses and scores become a picture, whatever the log holds so far."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("matplotlib", reason="the picture needs matplotlib: pip install '.[train]'")

from training.curves import draw_curves  # after the skip, which is said

LOSSES = [{"step": 20 * n, "questions": 5 - n / 9, "seconds": 1.0} for n in range(1, 9)]
TEXTS = [{"step": 20 * n, "language": 6 - n / 7, "seconds": 1.0} for n in range(1, 5)]
SCORES = [{"step": 80 * n, "scores": {"qa_a": [2.0, 1.0, 9.0 * n], "b": [3.0, 0.0, 4.0]}}
          for n in (1, 2)]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [[*LOSSES, *TEXTS, *SCORES], LOSSES, SCORES, []],
    ids=["all", "no scores yet", "scores only", "nothing yet"],
)
def test_a_log_is_drawn(lines: list[dict[str, object]], tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    draw_curves([log], tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.format == "PNG"
        assert picture.size == (1210, 440)
        dark = sum(picture.convert("L").histogram()[:128])
    assert dark > 500


def test_more_in_the_log_is_more_in_the_picture(tmp_path: Path) -> None:
    sizes = []
    for lines in ([], LOSSES, [*LOSSES, *SCORES]):
        (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        draw_curves([tmp_path / "log.jsonl"], tmp_path / "curves.png")
        sizes.append((tmp_path / "curves.png").stat().st_size)
    assert sizes == sorted(set(sizes))
