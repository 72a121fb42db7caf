"""The indexes on PostgreSQL: a tsvector for each passage, of the terms that FTS5 would take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, text

from storage.fulltext import pieces, questions, tokens
from storage.fulltext.kinds import Kind
from storage.fulltext.numbers import Numbers, Span, as_numbers, bounds
from storage.schema import passage

_NAMES: Mapping[Kind, str] = {"words": "passage_words", "pieces": "passage_pieces"}

_TABLES = (
    "CREATE TABLE {name} (passage_id integer PRIMARY KEY REFERENCES passage (id)"
    " ON DELETE CASCADE, words tsvector NOT NULL)",
    "ALTER TABLE {name} ALTER words SET STATISTICS 0",
    "CREATE INDEX {name}_by_term ON {name} USING gin (words)",
)
_COUNT = """
SELECT count(*) FROM {name}
WHERE passage_id BETWEEN :first AND :last AND words @@ CAST(:query AS tsquery)
"""
_PASSAGES = """
SELECT string_agg(CAST(passage_id AS text), ',') FROM (
    SELECT passage_id FROM {name}
    WHERE passage_id BETWEEN :first AND :last AND words @@ CAST(:query AS tsquery) LIMIT :most
) AS held
"""


def create(connection: Connection, kind: Kind) -> None:
    """Make the table of an index, and take up what is stored."""
    for statement in _TABLES:
        connection.exec_driver_sql(statement.format(name=_NAMES[kind]))
    for document_id in connection.scalars(text("SELECT id FROM document")).all():
        _index(connection, kind, document_id)


def index(connection: Connection, document_id: str) -> None:
    """Take up the passages of a document."""
    for kind in _NAMES:
        _index(connection, kind, document_id)


def _index(connection: Connection, kind: Kind, document_id: str) -> None:
    texts = connection.execute(
        select(passage.c.id, passage.c.text).where(passage.c.document_id == document_id)
    )
    numbered = ((row.id, row.text) for row in texts)
    cut = tokens.vectors(numbered) if kind == "words" else _pieces_of(numbered)
    rows = [vector._asdict() for vector in cut]
    if rows:
        insert = f"INSERT INTO {_NAMES[kind]} VALUES (:number, CAST(:words AS tsvector))"
        connection.execute(text(insert), rows)


def _pieces_of(texts: Iterable[tuple[int, str]]) -> Iterator[tokens.Vector]:
    """The pieces of texts; a text without any is left out."""
    for number, words in texts:
        cut = pieces.indexed(words).split(" ")
        if cut != [""]:
            yield tokens.Vector(number, " ".join(f"'{piece}'" for piece in cut))


def remove(connection: Connection, document_id: str) -> None:
    """Forget the passages of a document; call it while they are still there."""
    first, last = bounds(connection, document_id)
    for name in _NAMES.values():
        connection.execute(
            text(f"DELETE FROM {name} WHERE passage_id BETWEEN :first AND :last"),
            {"first": first, "last": last},
        )


def count(connection: Connection, kind: Kind, word: str, spans: Sequence[Span]) -> int:
    """How many passages numbered within these spans hold a word; of several words, all of them."""
    query = text(_COUNT.format(name=_NAMES[kind]))
    return sum(connection.scalar(query, asked) or 0 for asked in _asked(kind, word, spans))


def passages(
    connection: Connection, kind: Kind, word: str, spans: Sequence[Span], most: int
) -> Numbers:
    """The numbers of at most so many passages within these spans that hold a word, in order."""
    query = text(_PASSAGES.format(name=_NAMES[kind]))
    lists = (
        connection.scalar(query, {**asked, "most": most}) for asked in _asked(kind, word, spans)
    )
    return as_numbers(lists)[:most]


def _asked(kind: Kind, word: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    """The parameters of each look-up; none for a text without a word."""
    terms: Sequence[str] = (word,)
    if kind == "words":
        (terms,) = tokens.terms([" ".join(questions.words(word))])
    # No term has a quote or a backslash in it: they are letters, digits and marks.
    query = " & ".join(f"'{term}'" for term in terms)
    return [{"query": query, "first": first, "last": last} for first, last in spans if terms]
