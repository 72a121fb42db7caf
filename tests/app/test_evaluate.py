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
    "white space alone": {**RECORD, "document": " \n"},
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


THIRD = {"id": "c", "title": "Ships", "document": "Twelve ships sailed from Corvik.\n" * 3,
         "questions": [{**QUESTION, "question": "From where did the ships sail?",
                        "answers": ["Corvik"], "starts": [25]}]}  # fmt: skip


def scores_of(file: Path, *options: str) -> dict[str, Any]:
    result = evaluated(file, *options, "--json")
    assert result.exit_code == 0, result.output
    (scores,) = lines_of(result.stdout)
    found: dict[str, Any] = scores
    return found


def test_answers_in_a_file_with_cr_lf_are_found_at_their_places(tmp_path: Path) -> None:
    text = DOCUMENT.replace("\n", "\r\n")
    question = {**QUESTION, "starts": [text.index("1873")]}
    plain = scores_of(written(tmp_path / "q.jsonl", RECORD))
    moved = scores_of(
        written(tmp_path / "r.jsonl", {**RECORD, "document": text, "questions": [question, NONE]})
    )
    assert moved["baseline"]["citation_overlap_at_1"] == 100.0
    assert moved["citation_overlap_at_1"] == plain["citation_overlap_at_1"]


def test_joined_documents_are_read_as_one(tmp_path: Path) -> None:
    scores = scores_of(written(tmp_path / "q.jsonl", RECORD, THIRD), "--joined")
    assert scores["questions"] == 3
    assert scores["baseline"]["citation_overlap_at_1"] == 100.0


def test_the_same_questions_are_asked_from_every_state(tmp_path: Path) -> None:
    file = written(tmp_path / "q.jsonl", RECORD, LONG, THIRD)
    scores = scores_of(file, "--state", "cold", "--snapshots", "10")
    assert scores["state"] == "cold"
    assert set(scores["states"]) == {"stored", "other-document"}
    difference = scores["differences"]["cold - stored"]["f1"]
    assert difference == pytest.approx(scores["f1"] - scores["states"]["stored"]["f1"], abs=0.02)


@pytest.mark.parametrize("kind", ["removed", "related"])
def test_questions_are_made_unanswerable(kind: str, tmp_path: Path) -> None:
    file = written(tmp_path / "q.jsonl", LONG, THIRD, {**LONG, "document": long_text(50)})
    scores = scores_of(file, "--unanswerable", kind)
    counts = {name: each["questions"] for name, each in scores["abstention"].items()}
    assert counts["answerable"] == 2
    assert counts.get(kind, 0) + scores["left_out"] == 1


@pytest.mark.parametrize(
    "options",
    [("--joined", "--state", "stored"), ("--joined", "--unanswerable", "related")],
    ids=["state", "related"],
)
def test_what_needs_another_document_is_refused_where_there_is_one(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    told(evaluated(written(tmp_path / "e.jsonl"), *options, "--json"), "no other one")
    told(evaluated(written(tmp_path / "q.jsonl", RECORD, LONG), *options, "--json"), "no other one")
