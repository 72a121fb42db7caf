"""The file of results: JSON lines, a table or a text for people, in the order of the input."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from app.errors import FileExists
from app.whole_files import written_whole

Line = dict[str, Any]
FORMATS = (".jsonl", ".csv", ".md")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = {
    "add": ("file", "id", "title", "pages", "tokens", "seconds", "error"),
    "ask": (
        *("file", "title", "question_id", "question", "answer", "found", "confidence"),
        *("page", "section", "sentence", "error"),
    ),
    "summarize": ("file", "title", "text", "error"),
}


def check_place(out: Path, *, ours: bool, overwrite: bool) -> None:
    """Raise FileExists where a file that is not the batch's own would be replaced."""
    if out.exists() and not ours and not overwrite:
        raise FileExists(f"{out} is there already: name another file, or say --overwrite.")


def write_results(out: Path, kind: str, lines: Iterable[Line]) -> None:
    """Put the results in place, whole: who reads the file meanwhile sees the earlier ones."""
    with (
        written_whole(out, overwrite=True) as new,
        new.open("w", encoding="utf-8", newline="") as file,
    ):
        if out.suffix.lower() == ".csv":
            _write_table(file, _COLUMNS[kind], lines)
        elif out.suffix.lower() == ".md":
            file.writelines(_for_people(lines))
        else:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _write_table(file: TextIO, columns: tuple[str, ...], lines: Iterable[Line]) -> None:
    table = csv.DictWriter(file, columns, extrasaction="ignore", restval="")
    table.writeheader()
    for line in lines:
        best = (line.get("citations") or [{}])[0]
        table.writerow({name: _cell(value) for name, value in {**best, **line}.items()})


def _cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula: documents may hold such on purpose."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _for_people(lines: Iterable[Line]) -> Iterator[str]:
    before = None
    for line in lines:
        if line["file"] != before:
            before = line["file"]
            yield f"\n## {_plain(before)}\n" if before else ""
        if "question" in line:
            yield f"\n**{_plain(line['question'])}**\n"
        yield f"\n{_plain(_said(line))}\n"
        yield from (f"\n> {_plain(each)}\n" for each in _quoted(line))


def _said(line: Mapping[str, Any]) -> str:
    if "error" in line:
        return f"Failed: {line['error']}"
    if "answer" in line:
        return str(line["answer"]) if line["found"] else "Not found."
    return str(line["text"]) if "text" in line else f"{line['title']}: {line['pages']} pages read."


def _quoted(line: Mapping[str, Any]) -> Iterator[str]:
    for citation in line.get("citations", [])[:1]:
        yield f"{citation['sentence']} (page {citation['page']})"


def _plain(text: str) -> str:
    """One line that Markdown takes for nothing but text: no picture, no link, no heading."""
    marks = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>#+|!"})
    return " ".join(str(text).split()).translate(marks)
