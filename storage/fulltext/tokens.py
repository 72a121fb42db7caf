"""Text to the terms of FTS5, for an engine that is to find what SQLite finds.

An index of FTS5 in memory does the work, so that words are cut, freed of accents and stemmed by
the same code on every database.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import NamedTuple

TOKENIZER = "porter unicode61 remove_diacritics 2"

_LONGEST = 500  # characters of a term, so that its UTF-8 fits the 2,046 bytes of a lexeme
_AT_ONCE = 1000

# Positions in a tsvector count from 1. The server sorts terms and positions itself.
_VECTORS = """
SELECT doc, sum(tokens), group_concat(entry, ' ') FROM (
    SELECT doc, count(*) AS tokens,
        '''' || shortened(term) || ''':' || group_concat("offset" + 1) AS entry
    FROM instance GROUP BY doc, term
) GROUP BY doc
"""


class Vector(NamedTuple):
    """The terms of one text as PostgreSQL writes a tsvector; length counts its tokens."""

    number: int
    length: int
    words: str


def vectors(texts: Iterable[tuple[int, str]]) -> Iterator[Vector]:
    """The terms of numbered texts; the order is not kept, and none is left out."""
    remaining = iter(texts)
    with _index() as index:
        while some := list(islice(remaining, _AT_ONCE)):
            index.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", some)
            found = {number: Vector(number, *rest) for number, *rest in index.execute(_VECTORS)}
            yield from (found.get(number, Vector(number, 0, "")) for number, _ in some)
            index.execute("INSERT INTO words (words) VALUES ('delete-all')")


def terms(texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The terms of each text in their order."""
    with _index() as index:
        index.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(texts))
        found: list[list[str]] = [[] for _ in texts]
        query = 'SELECT doc, shortened(term) FROM instance ORDER BY doc, "offset"'
        for number, term in index.execute(query):
            found[number].append(term)
    return tuple(map(tuple, found))


@contextmanager
def _index() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as index:
        index.create_function("shortened", 1, _shortened, deterministic=True)
        index.execute(
            f"CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='{TOKENIZER}')"
        )
        index.execute("CREATE VIRTUAL TABLE instance USING fts5vocab(words, instance)")
        yield index


def _shortened(term: str) -> str:
    return term if len(term) <= _LONGEST else hashlib.sha256(term.encode()).hexdigest()
