"""`readonce evaluate qa` from a file of questions to figures, with a real reader."""

from __future__ import annotations

import json
import lzma
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.settings import Settings
from tests.app.making import SENTENCES, lines_of, long_text

DOCUMENT = "\n\n".join(SENTENCES)
QUESTION = {
    "id": "1", "question": "When was the first school of the valley opened?",
    "answers": ["1873"], "starts": [DOCUMENT.index("1873")], "unanswerable": False,
}  # fmt: skip
NONE = {
    "id": "2", "question": "Who discovered the comet?", "answers": [], "starts": [],
    "unanswerable": True,
}  # fmt: skip
RECORD = {"id": "a", "title": "The valley / a tale", "document": DOCUMENT,
          "questions": [QUESTION, NONE]}  # fmt: skip
LONG = {"id": "b", "title": None, "document": long_text(40), "questions": [QUESTION]}


@pytest.fixture(autouse=True)
def _own_model(settings: Settings) -> None:
    """Every command of this file uses the tiny reader, in a home of its own."""


def evaluated(file: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", "qa", str(file), *options])


def written(path: Path, *records: object) -> Path:
    content = "".join(json.dumps(record) + "\n" for record in records).encode()
    path.write_bytes(lzma.compress(content) if path.suffix == ".xz" else content)
    return path


@pytest.mark.parametrize("name", ["questions.jsonl", "questions.jsonl.xz"])
def test_a_file_is_scored_beside_the_baseline(
    name: str, tmp_path: Path, settings: Settings
) -> None:
    result = evaluated(written(tmp_path / name, RECORD, LONG), "--json")
    assert result.exit_code == 0, result.output
    (scores,) = lines_of(result.stdout)
    assert scores["questions"] == 3
    ours = {
        "exact_match", "f1", "citation_hit_at_1", "citation_hit_at_3", "citation_overlap_at_1",
        "abstention_auroc", "answer_seconds_median", "answer_seconds_p95",
    }  # fmt: skip
    assert ours <= set(scores)
    assert ours <= set(scores["baseline"])
    assert scores["baseline"]["citation_hit_at_1"] == 100.0
    assert 0 <= scores["citation_hit_at_1"] <= scores["citation_hit_at_3"] <= 100
    assert 0 < scores["answer_seconds_median"] <= scores["answer_seconds_p95"]
    assert not (settings.home / "library.db").exists()


def test_people_see_a_table(tmp_path: Path) -> None:
    result = evaluated(written(tmp_path / "questions.jsonl", RECORD), "--limit", "1")
    assert result.exit_code == 0, result.output
    assert "1 questions" in result.stdout
    assert "BM25 sentence" in result.stdout
    assert "citation_hit_at_1" in result.stdout


def changed(name: str, value: object) -> dict[str, Any]:
    return {**RECORD, "questions": [{**QUESTION, name: value}]}


def without(record: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != name}


BAD: dict[str, object] = {
    "no document": without(RECORD, "document"),
    "document is null": {**RECORD, "document": None},
    "document is a number": {**RECORD, "document": 7},
    "questions are a number": {**RECORD, "questions": 7},
    "no question": {**RECORD, "questions": [without(QUESTION, "question")]},
    "no answers": {**RECORD, "questions": [without(QUESTION, "answers")]},
    "not said whether unanswerable": {**RECORD, "questions": [without(QUESTION, "unanswerable")]},
    "question is a number": changed("question", 3),
    "an answer is a number": changed("answers", [3]),
    "answers are null": changed("answers", None),
    "unanswerable is a word": changed("unanswerable", "no"),
    "starts are null": changed("starts", None),
    "a start is null": changed("starts", [None]),
    "half a character in the document": {**RECORD, "document": "a \ud800 b"},
    "half a character in a question": changed("question", "a \ud800 b?"),
    "a list": ["a", "list"],
    "a word": "a word",
    "null": None,
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_line_is_told_in_one_sentence(bad: object, tmp_path: Path) -> None:
    told(evaluated(written(tmp_path / "questions.jsonl", RECORD, bad), "--json"), "Line 2 of")


def told(result: Result, what: str) -> None:
    """One sentence for the user, and nothing of what happened inside."""
    assert result.exit_code == 1
    error: dict[str, str] = lines_of(result.stdout)[-1]
    assert error["kind"] == "BadQuestions", error
    assert what in error["error"]
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("q.jsonl", b"{not json\n", "Line 1 of q.jsonl"),
        ("q.jsonl", b"\xff\xfe\x00", "q.jsonl is not UTF-8 text"),
        ("q.jsonl.xz", b'{"id": 1}', "q.jsonl.xz is not UTF-8 text packed by xz"),
        ("q.jsonl.xz", lzma.compress(os.urandom(4000))[:2000], "or it is damaged"),
    ],
    ids=["no JSON", "no text", "not packed", "cut off"],
)
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(
    name: str, content: bytes, what: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    told(evaluated(tmp_path / name, "--json"), what)


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_a_file_that_is_missing_is_told_in_one_sentence(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    result = evaluated(tmp_path / "none.jsonl", *options)
    assert result.exit_code == 1
    assert "does not exist" in result.output
    assert "Traceback" not in result.output
