from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from app.batch.results import Line, check_place, write_results
from app.errors import FileExists

CITED = {"page": 3, "section": "", "sentence": "=SUM(A1) ![x](http://h/x.png)"}
LINES: list[Line] = [
    {"file": "a", "title": "A", "question": "Q?", "answer": "=1+1", "found": True}
    | {"confidence": 0.5, "citations": [CITED]},
    {"file": "a", "title": "A", "question": "R?", "answer": "", "found": False}
    | {"confidence": 0.1, "citations": []},
    {"file": "b", "error": "b is empty.", "kind": "UnreadableFile"},
]


def test_a_line_of_json_for_each_result(tmp_path: Path) -> None:
    write_results(tmp_path / "o.jsonl", "ask", LINES)
    written = (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in written] == LINES


def test_no_cell_of_a_table_is_a_formula(tmp_path: Path) -> None:
    write_results(tmp_path / "o.csv", "ask", LINES)
    with (tmp_path / "o.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["a", "a", "b"]
    assert (rows[0]["answer"], rows[0]["page"], rows[2]["error"]) == ("'=1+1", "3", "b is empty.")
    cells = [cell for row in rows for cell in row.values()]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_a_text_for_people_loads_no_picture_that_a_document_names(tmp_path: Path) -> None:
    write_results(tmp_path / "o.md", "ask", LINES)
    text = (tmp_path / "o.md").read_text(encoding="utf-8")
    assert "\\!\\[x\\]" in text
    assert "![" not in text
    assert text.count("## ") == 2
    assert "Not found." in text
    assert "Failed: b is empty." in text


def test_results_that_cannot_be_made_leave_the_earlier_ones(tmp_path: Path) -> None:
    out = tmp_path / "o.jsonl"
    write_results(out, "ask", LINES[:1])
    before = out.read_bytes()
    with pytest.raises(ZeroDivisionError):
        write_results(out, "ask", ({"file": str(1 // n)} for n in (1, 0)))
    assert out.read_bytes() == before
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "o.jsonl"
    check_place(out, ours=False, overwrite=False)
    out.write_text("mine")
    check_place(out, ours=True, overwrite=False)
    check_place(out, ours=False, overwrite=True)
    with pytest.raises(FileExists, match="--overwrite"):
        check_place(out, ours=False, overwrite=False)
