"""The shipped stage can be read; a missing or misspelt name ends the run before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.heads.stage import load_heads_stage

SHIPPED = Path(__file__).parents[3] / "training" / "stages" / "heads.toml"


def test_the_shipped_stage_can_be_read() -> None:
    stage = load_heads_stage(SHIPPED)
    assert stage.embedding_width <= 256
    assert set(stage.taught) <= set(stage.sources)


@pytest.mark.parametrize("name", ["model", "hard", "taught", "summaries", "batch", "salience"])
def test_a_name_that_is_misspelt_or_missing_fails(name: str, tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    path = tmp_path / "stage.toml"
    wrong = text.replace(f"\n{name} = ", f"\n{name}s = ", 1).replace(f"[{name}]", f"[{name}s]")
    assert wrong != text
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises((TypeError, KeyError)):
        load_heads_stage(path)
