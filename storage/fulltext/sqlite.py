"""The index on SQLite: every statement that FTS5 needs.

The index refers to the passages' text and holds no copy of it. Statistics for BM25 are those of
the whole library, as FTS5 keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from storage.fulltext import questions, tokens
from storage.records import Hit

INDEX_SHARE = 0.5
"""Bytes of index for a byte of text: measured on English prose, used for stored_bytes."""


def create(connection: Connection) -> None:
    """Make the index; called by the first migration."""
    connection.execute(
        text(
            "CREATE VIRTUAL TABLE passage_words USING fts5(text, content='passage',"
            f" content_rowid='id', tokenize='{tokens.TOKENIZER}')"
        )
    )


def index(connection: Connection, document_id: str) -> None:
    """Take up the passages of a document."""
    connection.execute(
        text(
            "INSERT INTO passage_words (rowid, text)"
            " SELECT id, text FROM passage WHERE document_id = :document"
        ),
        {"document": document_id},
    )


def remove(connection: Connection, document_id: str) -> None:
    """Forget the passages of a document; call it while they are still there.

    The index is then written anew, because FTS5 only marks words as deleted until it merges:
    this costs time in proportion to the whole library's index.
    """
    connection.execute(
        text(
            "INSERT INTO passage_words (passage_words, rowid, text)"
            " SELECT 'delete', id, text FROM passage WHERE document_id = :document"
        ),
        {"document": document_id},
    )
    connection.execute(text("INSERT INTO passage_words (passage_words) VALUES ('optimize')"))


def search(connection: Connection, document_id: str, question: str, limit: int) -> tuple[Hit, ...]:
    """The passages of one document that share words with the question, best first."""
    query = " OR ".join(f'"{word}"' for word in questions.distinct_words(question))
    if not query or limit < 1:
        return ()
    rows = connection.execute(
        text(
            "SELECT rowid - :first, -bm25(passage_words) AS score FROM passage_words"
            " WHERE passage_words MATCH :query AND rowid BETWEEN :first AND :last"
            " ORDER BY score DESC, rowid LIMIT :limit"
        ),
        {"query": query, "limit": limit, **_bounds(connection, document_id)},
    )
    return tuple(Hit(passage_index, score) for passage_index, score in rows)


def term_counts(connection: Connection, document_id: str, terms: Sequence[str]) -> dict[str, int]:
    """In how many passages of one document each term occurs; several words are a phrase."""
    bounds = _bounds(connection, document_id)
    return {term: _count(connection, term, bounds) for term in dict.fromkeys(terms)}


def _count(connection: Connection, term: str, bounds: dict[str, int]) -> int:
    phrase = " ".join(questions.words(term))
    if not phrase:
        return 0
    count = connection.scalar(
        text(
            "SELECT count(*) FROM passage_words"
            " WHERE passage_words MATCH :query AND rowid BETWEEN :first AND :last"
        ),
        {"query": f'"{phrase}"', **bounds},
    )
    return int(count or 0)


def count(connection: Connection, word: str, span: tuple[int, int]) -> int:
    """How many passages numbered within a span hold a word; of several words, the phrase."""
    return _count(connection, word, {"first": span[0], "last": span[1]})


def passages(connection: Connection, word: str, span: tuple[int, int]) -> list[int]:
    """The numbers of the passages within a span that hold a word, in order."""
    phrase = " ".join(questions.words(word))
    if not phrase:
        return []
    rows = connection.exec_driver_sql(
        "SELECT rowid FROM passage_words WHERE passage_words MATCH ? AND rowid BETWEEN ? AND ?",
        (f'"{phrase}"', *span),
    )
    return [number for (number,) in rows]


def _bounds(connection: Connection, document_id: str) -> dict[str, int]:
    # Consecutive ids let FTS5 skip to this document in each word's list of passages.
    row = connection.execute(
        text("SELECT min(id), max(id) FROM passage WHERE document_id = :document"),
        {"document": document_id},
    ).one()
    return {"first": row[0] or 0, "last": -1 if row[1] is None else row[1]}
