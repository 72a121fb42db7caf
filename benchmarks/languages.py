"""How large the indexes of a text in any language are, and what a search of many such takes."""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from itertools import accumulate
from pathlib import Path

from benchmarks.timing import machine, print_table
from pipelines import lexical
from pipelines.languages import ENGLISH, language_of_question
from pipelines.search import search
from pipelines.sentences import sentences
from retnet_core.words import plain
from storage.checksums import checksum
from storage.library import Library, open_library
from storage.records import NewDocument, NewPassage

PASSAGES = 100
QUESTIONS = 8
LENGTH = 10, 100  # characters of a sentence that is asked with
NAME = "library.db"
HEAD = ["documents", "text", "words", "pieces", "added", "search", "every text"]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks languages", description=__doc__)
    parser.add_argument("text", type=Path, help="a text of half a megabyte or more, in UTF-8")
    parser.add_argument("--documents", type=int, nargs="+", default=[10, 100, 300])
    parser.add_argument("--characters", type=int, default=800, help="of a passage")
    options = parser.parse_args(arguments)
    text = " ".join(options.text.read_text(encoding="utf-8").split())
    said = [text[start:end].strip() for start, end in sentences(text)]
    print(machine())
    rows = [
        _row(number, said, options.characters, random.Random(1)) for number in options.documents
    ]
    print_table("Bytes of index for a byte of text, and seconds of the processor", HEAD, rows)


def _row(documents: int, said: Sequence[str], size: int, chance: random.Random) -> list[str]:
    with tempfile.TemporaryDirectory() as folder, open_library(_url(folder)) as library:
        texts = [_parts(said, size, chance) for _ in range(documents)]
        added = _seconds(partial(_add_all, library, texts))
        scope = library.scope("")
        asked = _questions(said, chance)
        took = [_seconds(partial(search, library, scope, q, None, 12)) for q in asked]
        whole = [_seconds(partial(_look_through, Path(folder) / NAME, q)) for q in asked[:2]]
        size_of_text = sum(len(part.encode()) for parts in texts for part in parts)
        held = [_index_bytes(Path(folder) / NAME, index) for index in ("words", "pieces")]
    seconds = [added, statistics.median(took), statistics.median(whole)]
    shares = [f"{each / size_of_text:.2f}" for each in held]
    return [str(documents), f"{size_of_text / 1e6:.1f} MB", *shares, *(f"{s:.2f}" for s in seconds)]


def _url(folder: str) -> str:
    return f"sqlite:///{Path(folder) / NAME}"


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _parts(said: Sequence[str], size: int, chance: random.Random) -> list[str]:
    """Passages of sentences drawn at random."""
    parts = []
    for _ in range(PASSAGES):
        part = ""
        while len(part) < size:
            part += chance.choice(said) + " "
        parts.append(part)
    return parts


def _add_all(library: Library, texts: Sequence[Sequence[str]]) -> None:
    for number, parts in enumerate(texts):
        _add(library, number, parts)


def _add(library: Library, number: int, parts: Sequence[str]) -> None:
    text, content = "".join(parts), str(number).encode()
    new = NewDocument(
        "",
        str(number),
        "made.txt",
        checksum(content),
        content,
        "text/plain",
        text,
        (0,),
        (),
        (),
        "",
    )
    starts = accumulate(map(len, parts), initial=0)
    kept = [
        NewPassage(part, start, 1, "", index, 1)
        for index, (part, start) in enumerate(zip(parts, starts, strict=False))
    ]
    library.add(new, kept)


def _questions(said: Sequence[str], chance: random.Random) -> list[str]:
    """Sentences of the text of a question's length, in languages that are not English."""
    fit = [each for each in said if len(each) in range(*LENGTH)]
    asked = [each for each in fit if language_of_question(each) != ENGLISH]
    return chance.sample(asked or fit, min(QUESTIONS, len(asked or fit)))


def _look_through(path: Path, question: str) -> list[int]:
    """The passages that hold each piece, found without an index."""
    held = list(dict.fromkeys(lexical.pieces(question)))
    with closing(sqlite3.connect(path)) as connection:
        texts = map(plain, (text for (text,) in connection.execute("SELECT text FROM passage")))
        return [sum(piece in text for piece in held) for text in texts]


def _index_bytes(path: Path, index: str) -> int:
    tables = f"SELECT name FROM sqlite_schema WHERE name GLOB 'passage_{index}_[0-9]*_data'"
    with closing(sqlite3.connect(path)) as connection:
        named = [name for (name,) in connection.execute(tables)]
        sums = (connection.execute(f"SELECT sum(length(block)) FROM {name}") for name in named)
        return sum(total for rows in sums for (total,) in rows)
