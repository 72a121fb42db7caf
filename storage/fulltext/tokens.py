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

# The server sorts the terms itself.
_VECTORS = """
SELECT doc, group_concat(entry, ' ') FROM (
    SELECT DISTINCT doc, '''' || shortened(term) || '''' AS entry FROM instance
) GROUP BY doc
"""


class Vector(NamedTuple):
    """The terms of one text as PostgreSQL writes a tsvector."""

    number: int
    words: str


def vectors(texts: Iterable[tuple[int, str]]) -> Iterator[Vector]:
    """The terms of numbered texts; the order is not kept, and none is left out."""
    remaining = iter(texts)
    with _index() as index:
        while some := list(islice(remaining, _AT_ONCE)):
            index.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", some)
            found = {number: Vector(number, terms) for number, terms in index.execute(_VECTORS)}
            yield from (found.get(number, Vector(number, "")) for number, _ in some)
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


def parts(words: Sequence[str]) -> list[str]:
    """Words cut where FTS5 ends one within them: each part is one term to it."""
    beyond = sorted({letter for word in words if not word.isascii() for letter in word})
    cuts = terms([f"a{letter}a" for letter in beyond])
    ends = {ord(letter): " " for letter, cut in zip(beyond, cuts, strict=True) if len(cut) > 1}
    return [part for word in words for part in word.translate(ends).split()]


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
