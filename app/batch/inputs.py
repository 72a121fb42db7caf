"""What a batch is made of: files of folders and patterns, or the lines of a manifest."""

from __future__ import annotations

import glob
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import BadInput, NothingToAdd
from app.files import walk

Question = dict[str, str]
"""{"question": ..., "question_id": ...}, the latter only where the file gave one."""


@dataclass(frozen=True, slots=True)
class Item:
    """One document of a batch: a file, or one that is stored.

    mark tells it from all others of the batch, in every run; shown is how the results call it.
    questions are those of this document alone, () for those of the batch.
    """

    mark: str
    shown: str
    path: Path | None = None
    document: str = ""
    questions: tuple[Question, ...] = ()


def items_of(inputs: Sequence[str]) -> list[Item]:
    """The documents that folders, patterns, files and manifests name, in a stable order.

    Raises NothingToAdd where there is none, and BadInput with the line of a manifest.
    """
    found = {item.mark: item for each in inputs for item in _of_input(each)}
    if not found:
        raise NothingToAdd(
            f"There is no file in {' or '.join(inputs)}: name another folder, a pattern in quotes"
            " like 'reports/*.pdf', or a manifest whose name ends in .jsonl."
        )
    return list(found.values())


def names_used_twice(items: Iterable[Item]) -> frozenset[str]:
    """The file names that several of the files have."""
    counts = Counter(item.path.name for item in items if item.path is not None)
    return frozenset(name for name, count in counts.items() if count > 1)


def questions_of(path: Path) -> tuple[Question, ...]:
    """A question for each line: plain text, or {"question", "id"} where the name ends in .jsonl."""
    lines = list(_lines(path))
    if path.suffix.lower() == ".jsonl":
        found = [_question(_object(path, number, line), path, number) for number, line in lines]
    else:
        found = [{"question": line} for _, line in lines]
    if not found:
        raise BadInput(f"{path} holds no question: write one on each line.")
    return tuple(found)


def _of_input(name: str) -> Iterator[Item]:
    path = Path(name)
    if path.suffix.lower() == ".jsonl" and path.is_file():
        yield from _of_manifest(path)
    elif path.exists():
        yield from map(_of_file, walk([path]))
    else:
        found = sorted(glob.glob(name, recursive=True))
        # A name that is neither there nor a pattern is told like any file that cannot be read.
        paths = map(Path, found) if found or glob.has_magic(name) else [path]
        yield from (_of_file(each) for each in walk(paths))


def _of_file(path: Path) -> Item:
    return Item(str(path.absolute()), path.as_posix(), path)


def _of_manifest(path: Path) -> Iterator[Item]:
    seen: set[str] = set()
    for number, line in _lines(path):
        item = _of_line(path, number, _object(path, number, line))
        if item.mark in seen:
            raise BadInput(f"{path}, line {number}: {item.shown} is there already. Give it an id.")
        seen.add(item.mark)
        yield item


def _of_line(path: Path, number: int, values: dict[str, Any]) -> Item:
    file, document = values.get("file"), values.get("document")
    if not isinstance(file or document, str) or (file and document):
        raise BadInput(f'{path}, line {number}: say {{"file": PATH}} or {{"document": DOC}}.')
    given = values.get("questions", [values] if "question" in values else [])
    if not isinstance(given, list):
        raise BadInput(f"{path}, line {number}: questions must be a list.")
    questions = tuple(_question(each, path, number) for each in given)
    place = (path.absolute().parent / file) if file else None
    mark = str(values.get("id") or place or document)
    return Item(mark, str(values.get("id") or file or document), place, document or "", questions)


def _question(values: Any, path: Path, number: int) -> Question:  # noqa: ANN401
    if isinstance(values, str):
        values = {"question": values}
    text = values.get("question") if isinstance(values, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise BadInput(f"{path}, line {number}: there is no question.")
    of_document = "file" in values or "document" in values  # then the id is the document's
    known = {"question_id": str(values["id"])} if "id" in values and not of_document else {}
    return {**known, "question": text}


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise BadInput(f"{path}, line {number}: this is no object of JSON.")
    return values


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not text in UTF-8: save it as that.") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.strip()
