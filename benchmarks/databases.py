"""The same made-up library in a file of SQLite and on PostgreSQL: to add, to search, to delete.

`python -m benchmarks databases URL` takes an empty database (or schema) of PostgreSQL, and leaves
the library in it. Where the words of every question stand is compared, too.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.timing import machine, print_table
from storage.checksums import checksum
from storage.library import Library, open_library
from storage.records import NewDocument, NewPassage

VOCABULARY, WORDS, PASSAGES = 50_000, 130, 30
QUESTIONS = 200
OWNER = "benchmark"

Found = tuple[tuple[str, tuple[int, ...]], ...]
"""Words and the passages that hold each, by their places in the document."""


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks databases", description=__doc__)
    parser.add_argument("url", help="an empty database, like postgresql://me@host/database")
    parser.add_argument("--documents", type=int, default=1_000)
    options = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        file = f"sqlite:///{Path(folder) / 'library.db'}"
        results = [measured(url, options.documents) for url in (file, options.url)]
    print(machine())
    head = ["database", "add one", "look-up: median", "95th of 100", "delete one"]
    rows = [[name, *row] for name, (row, _) in zip(("SQLite", "PostgreSQL"), results, strict=True)]
    print_table(f"{options.documents:,} documents of {PASSAGES} passages", head, rows)
    pairs = list(zip(results[0][1], results[1][1], strict=True))
    same = sum(first == second for first, second in pairs)
    print(f"\n{same} of {len(pairs)} questions found the same passages.")


def measured(url: str, documents: int) -> tuple[list[str], list[Found]]:
    """Median times as text, and what each question found."""
    chance = random.Random(0)
    with open_library(url) as library:
        texts = [made_up(chance) for _ in range(documents)]
        adding = [timed(lambda text=text: add(library, text)) for text in texts]  # type: ignore[misc]
        ids = [record.id for record in reversed(library.list(OWNER))]
        found, searching = [], []
        for _ in range(QUESTIONS):
            number = chance.randrange(documents)
            question = " ".join(chance.sample(chance.choice(texts[number]).split(), 8))
            began = time.perf_counter()
            found.append(looked_up(library, ids[number], question.split()))
            searching.append(time.perf_counter() - began)
        deleting = [timed(lambda known=known: library.delete(OWNER, known)) for known in ids[:5]]  # type: ignore[misc]
    late = sorted(searching)[-QUESTIONS // 20]
    times = (median(adding), median(searching), late, median(deleting))
    return [f"{1000 * seconds:,.1f} ms" for seconds in times], found


def looked_up(library: Library, document_id: str, words: list[str]) -> Found:
    """Where in a document each of the words stands."""
    scope = library.scope(OWNER, [document_id])
    found = []
    for posting in library.postings(scope, words):
        places = () if posting.numbers is None else scope.places(posting.numbers)[1].tolist()
        found.append((posting.word, tuple(places)))
    return tuple(found)


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def made_up(chance: random.Random) -> list[str]:
    """The passages of a document, in words whose frequency falls like that of a language."""
    ranks = [int(VOCABULARY ** chance.random()) for _ in range(PASSAGES * WORDS)]
    words = [f"w{rank:x}" for rank in ranks]
    starts = range(0, len(words), WORDS)
    return [" ".join(words[start : start + WORDS]) + "\n" for start in starts]


def add(library: Library, parts: list[str]) -> None:
    text = "".join(parts)
    content = text.encode()
    starts = accumulate((len(part) for part in parts), initial=0)
    passages = [
        NewPassage(part, start, 1, "", number * 190, 190)
        for number, (part, start) in enumerate(zip(parts, starts, strict=False))
    ]
    new = NewDocument(
        OWNER, "Made up", "made-up.txt", checksum(content), content, "text/plain", text,
        page_starts=(0,), outline=(), pages_without_text=(), tokenizer_fingerprint="none",
    )  # fmt: skip
    library.add(new, passages)
