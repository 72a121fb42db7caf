"""The run over every measure: what is kept is not measured again, and the table tells it."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from benchmarks import reader
from benchmarks.readers.figures import markdown
from pipelines.evaluation import needle, qa, summaries
from pipelines.evaluation.outcomes import Outcome, Reply

SAID = Reply("1873", True, (("In 1873.", 0, 8),), 0.9, 0.2)
OTHER = Reply("", False, (("Corn.", 9, 14),), 0.1, 0.1)
REPLIES = {"stored": SAID, "cold": OTHER, "baseline": OTHER}
QA = qa.report(
    [
        Outcome("answerable", ("1873",), ((0, 4),), REPLIES),
        Outcome("removed", (), (), REPLIES),
    ]
)
SAMPLE = summaries.Sample("a", "A mill ground corn.", ("A mill ground corn.",), "")
SUMMARIES = summaries.report(list(summaries.rated([SAMPLE], lambda *_: [SAMPLE.text])))


def line(name: str, result: dict[str, Any]) -> dict[str, Any]:
    return {
        "measure": name,
        "weights": "",
        "command": "",
        "seconds": 1.0,
        "processor_seconds": 90.0,
        "result": result,
    }


def test_every_kind_of_measure_has_its_rows() -> None:
    plain = {
        key: value for key, value in QA.items() if key not in ("states", "differences", "state")
    }
    told = markdown(
        {
            "articles": line("articles", plain),
            "passages of the articles": line("passages of the articles", plain),
            "unanswerable, removed": line("unanswerable, removed", plain),
            "state": line("state", QA),
            "summaries of stories": line("summaries of stories", SUMMARIES),
            "needle": line("needle", needle.report([])),
            "follow-ups": line("follow-ups", {"table": "gained 10"}),
        }
    )
    rows = [row for row in told.splitlines() if row.startswith("|")]
    assert all(row.count("|") == 5 for row in rows)
    assert (
        "| articles, 2 questions: citation_hit_at_1 | 100.0 [100.0, 100.0] | 0.0 [0.0, 0.0] |"
        in told
    )
    assert "1 answerable, 1 not: AUROC | 50.0" in told
    assert "| state: f1, stored - cold | 100.0 [100.0, 100.0] |  | above 0 |" in told
    assert "rougeLsum less lead | 0.0" in told
    assert "share of that on their passages | 100 % |" in told
    assert "follow-ups:\n\n```text\ngained 10\n```" in told
    assert told.endswith("10 minutes of one processor in all.")


def test_what_was_measured_is_not_measured_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line("articles", QA | {"questions": 7})]
    lines.append({**line("articles", QA | {"questions": 8}), "weights": "of another model"})
    (tmp_path / "reader.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    none = tmp_path / "none"  # neither a model nor data: whoever measures fails
    reader.main([str(none), str(none), "--out", str(tmp_path), "--only", "articles"])
    assert "articles, 7 questions" in capsys.readouterr().out


def test_the_files_that_are_put_together_hold_all_lines(tmp_path: Path) -> None:
    for name in reader.PAST:
        packed = lzma.compress(f'{{"id": "{name}"}}\n'.encode())
        (tmp_path / f"{name}.jsonl.xz").write_bytes(packed)
    past = next(each for each in reader.MEASURES if each.file == "past")
    made = reader.source(past, tmp_path, tmp_path).read_text(encoding="utf-8")
    assert [json.loads(each)["id"] for each in made.splitlines()] == list(reader.PAST)


def test_a_measure_that_fails_is_named_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["articles", "stories"]
    with pytest.raises(SystemExit, match="articles, stories"):
        reader.main([str(tmp_path), str(tmp_path), "--out", str(tmp_path), "--only", *names])
    assert capsys.readouterr().err.count("does not exist") == 2
    assert not (tmp_path / "reader.jsonl").exists()
