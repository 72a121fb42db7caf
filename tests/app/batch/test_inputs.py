from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.batch.inputs import items_of, names_used_twice, questions_of
from app.errors import BadInput, NothingToAdd


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.txt", "a.txt", "sub/a.txt", ".hidden"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "in"


def shown(folder: Path, *inputs: str) -> list[str]:
    return [item.shown.removeprefix(f"{folder}/") for item in items_of(inputs)]


def test_a_folder_gives_its_files_in_a_stable_order(folder: Path) -> None:
    assert shown(folder, str(folder)) == ["a.txt", "b.txt", "sub/a.txt"]


def test_a_pattern_gives_what_it_fits(folder: Path) -> None:
    assert shown(folder, f"{folder}/*.txt") == ["a.txt", "b.txt"]
    assert shown(folder, f"{folder}/**/a.txt") == ["a.txt", "sub/a.txt"]


def test_a_file_that_is_named_twice_is_one_item(folder: Path) -> None:
    assert shown(folder, str(folder), f"{folder}/b.txt") == ["a.txt", "b.txt", "sub/a.txt"]


def test_an_item_is_the_same_wherever_the_command_is_run_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_above = [item.mark for item in items_of([str(folder)])]
    monkeypatch.chdir(folder)
    assert [item.mark for item in items_of(["."])] == from_above


def test_names_of_several_files_are_known(folder: Path) -> None:
    assert names_used_twice(items_of([str(folder)])) == {"a.txt"}


def test_where_there_is_no_file_a_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(NothingToAdd, match="name another folder"):
        items_of([str(tmp_path), f"{tmp_path}/*.pdf"])


def manifest(folder: Path, *lines: object) -> Path:
    path = folder / "list.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    return path


def test_a_manifest_names_files_beside_it_documents_and_questions(folder: Path) -> None:
    path = manifest(
        folder,
        {"file": "a.txt", "question": "Who?"},
        {
            "document": "4f2a",
            "id": "seven",
            "questions": ["What?", {"id": "q", "question": "How?"}],
        },
    )
    first, second = items_of([str(path)])
    assert (first.path, first.shown) == (folder / "a.txt", "a.txt")
    assert first.questions == ({"question": "Who?"},)
    assert (second.path, second.document, second.shown) == (None, "4f2a", "seven")
    assert second.questions == ({"question": "What?"}, {"question_id": "q", "question": "How?"})


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["not an object"], "line 1: this is no object"),
        ([{"file": "a.txt"}, {"path": "b"}], "line 2: say"),
        ([{"file": "a.txt", "document": "x"}], "line 1: say"),
        ([{"file": "a.txt"}, {"file": "a.txt"}], "line 2: a.txt is there already"),
        ([{"file": "a.txt", "questions": "Who?"}], "questions must be a list"),
        ([{"file": "a.txt", "questions": [" "]}], "there is no question"),
    ],
    ids=["no object", "no file", "both", "twice", "no list", "empty"],
)
def test_a_line_that_is_not_clear_is_named(
    folder: Path, lines: list[object], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        items_of([str(manifest(folder, *lines))])


def test_questions_are_lines_of_text_or_of_json(tmp_path: Path) -> None:
    plain, lines = tmp_path / "q.txt", tmp_path / "q.jsonl"
    plain.write_text("\ufeffWho?\n\n  What?\n", encoding="utf-8")
    lines.write_text('{"question": "Who?", "id": 7}\n')
    assert questions_of(plain) == ({"question": "Who?"}, {"question": "What?"})
    assert questions_of(lines) == ({"question_id": "7", "question": "Who?"},)
    plain.write_text("\n")
    with pytest.raises(BadInput, match="holds no question"):
        questions_of(plain)
