"""Reading the raw data: JSON lines in xz files, one folder of training files and one of dev."""

import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SUFFIX = ".jsonl.xz"
Record = dict[str, Any]


def records(path: Path) -> Iterator[Record]:
    """Give the records of one compressed file of JSON lines."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def source_name(path: Path) -> str:
    """Name a source by its file, without the ending."""
    return path.name.removesuffix(SUFFIX)


def source_files(folder: Path, prefix: str) -> tuple[Path, ...]:
    """List the files of a folder that begin with a prefix, in order of name."""
    return tuple(sorted(folder.glob(f"{prefix}*{SUFFIX}")))


def texts_of(record: Record) -> Iterator[str]:
    """Give the running texts of a record, whatever its schema."""
    if "chapters" in record:
        yield from (chapter["text"] for chapter in record["chapters"])
    elif "qas" in record:
        for item in record["qas"]:
            yield "\n".join([item["question"], *item["answers"]])
    else:
        yield record.get("text") or record.get("document") or ""
        further = (record.get(key) for key in ("summary", "review"))
        yield from (text for text in further if isinstance(text, str))


def questions_of(record: Record) -> Iterator[str]:
    """Give the questions of a record."""
    asked = record.get("questions", ())
    yield from (item["question"] for item in asked)
    if isinstance(record.get("question"), str):
        yield record["question"]
