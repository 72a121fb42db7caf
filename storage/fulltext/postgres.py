"""The index on PostgreSQL: a tsvector for each passage, whose terms FTS5's tokenizer cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, text

from storage.fulltext import questions, tokens
from storage.fulltext.numbers import Numbers, Span, as_numbers, bounds
from storage.schema import passage

_TABLES = (
    "CREATE TABLE passage_words (passage_id integer PRIMARY KEY REFERENCES passage (id)"
    " ON DELETE CASCADE, words tsvector NOT NULL)",
    "ALTER TABLE passage_words ALTER words SET STATISTICS 0",
    "CREATE INDEX passage_words_by_term ON passage_words USING gin (words)",
)
_COUNT = """
SELECT count(*) FROM passage_words
WHERE passage_id BETWEEN :first AND :last AND words @@ CAST(:query AS tsquery)
"""
_PASSAGES = """
SELECT passage_id FROM passage_words
WHERE passage_id BETWEEN :first AND :last AND words @@ CAST(:query AS tsquery) ORDER BY passage_id
"""


def create(connection: Connection) -> None:
    """Make the table of the index."""
    for statement in _TABLES:
        connection.exec_driver_sql(statement)


def index(connection: Connection, document_id: str) -> None:
    """Take up the passages of a document."""
    texts = connection.execute(
        select(passage.c.id, passage.c.text).where(passage.c.document_id == document_id)
    )
    rows = [vector._asdict() for vector in tokens.vectors((row.id, row.text) for row in texts)]
    if rows:
        insert = "INSERT INTO passage_words VALUES (:number, CAST(:words AS tsvector))"
        connection.execute(text(insert), rows)


def remove(connection: Connection, document_id: str) -> None:
    """Forget the passages of a document; call it while they are still there."""
    first, last = bounds(connection, document_id)
    connection.execute(
        text("DELETE FROM passage_words WHERE passage_id BETWEEN :first AND :last"),
        {"first": first, "last": last},
    )


def count(connection: Connection, word: str, spans: Sequence[Span]) -> int:
    """How many passages numbered within these spans hold a word; of several words, all of them."""
    return sum(connection.scalar(text(_COUNT), asked) or 0 for asked in _asked(word, spans))


def passages(connection: Connection, word: str, spans: Sequence[Span]) -> Numbers:
    """The numbers of the passages within these spans that hold a word, in order."""
    found = (
        tuple(row)
        for asked in _asked(word, spans)
        for row in connection.execute(text(_PASSAGES), asked)
    )
    return as_numbers(found)


def _asked(word: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    """The parameters of each look-up; none for a text without a word."""
    (terms,) = tokens.terms([" ".join(questions.words(word))])
    # No term has a quote or a backslash in it: they are letters, digits and marks.
    query = " & ".join(f"'{term}'" for term in terms)
    return [{"query": query, "first": first, "last": last} for first, last in spans if terms]
