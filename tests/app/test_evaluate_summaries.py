"""`readonce evaluate summaries` from a file to figures, with a real reader of random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.settings import Settings
from tests.app.making import SENTENCES, lines_of, long_text

RECORD = {
    "id": "a", "document": long_text(20), "summary": SENTENCES[1],
    "refs": [SENTENCES[1], SENTENCES[3]], "query": None,
}  # fmt: skip
ASKED = {**RECORD, "id": "b", "query": "When was the school opened?"}


@pytest.fixture(autouse=True)
def _own_model(settings: Settings) -> None:
    """Every command of this file uses the tiny reader, in a home of its own."""


def evaluated(path: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", "summaries", str(path), *options])


def written(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    return path


def test_a_file_is_scored_beside_the_baselines(tmp_path: Path, settings: Settings) -> None:
    result = evaluated(written(tmp_path / "s.jsonl", RECORD, ASKED), "--json")
    assert result.exit_code == 0, result.output
    (scores,) = lines_of(result.stdout)
    assert scores["documents"] == 2
    assert set(scores["baselines"]) == {"lead", "lexrank", "textrank"}
    room = round((len(SENTENCES[1].split()) + len(SENTENCES[3].split())) / 2)
    for each in (scores, *scores["baselines"].values()):
        for kind in ("rouge1", "rouge2", "rougeLsum"):
            low, high = each[f"{kind}_interval"]
            assert 0 <= low <= each[kind] <= high <= 100
        assert 3 <= each["words"] <= room + 10  # a first sentence may be longer
    assert scores["difference"]["best_baseline"] in scores["baselines"]
    assert not (settings.home / "library.db").exists()


def test_a_query_brings_a_baseline_of_its_own_and_people_see_tables(tmp_path: Path) -> None:
    result = evaluated(written(tmp_path / "s.jsonl", ASKED, RECORD), "--limit", "1")
    assert result.exit_code == 0, result.output
    assert "1 documents" in result.stdout
    assert "bm25" in result.stdout
    assert "readonce less" in result.stdout


@pytest.mark.parametrize(
    "bad", [{"id": "c"}, {**RECORD, "summary": "", "refs": []}, ["a"], 7, None], ids=str
)
def test_a_bad_line_is_told_in_one_sentence(bad: Any, tmp_path: Path) -> None:  # noqa: ANN401
    result = evaluated(written(tmp_path / "s.jsonl", RECORD, bad), "--json")
    assert result.exit_code == 1
    (error,) = lines_of(result.stdout)
    assert error["kind"] == "BadQuestions"
    assert "Line 2 of s.jsonl" in error["error"]
