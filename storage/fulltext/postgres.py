"""The index on PostgreSQL: a tsvector for each passage, and BM25 as FTS5 computes it.

The terms come from the tokenizer of FTS5, and the statistics are kept beside the vectors, so that
scores equal those on SQLite to the last bit:
https://www.sqlite.org/fts5.html#the_bm25_function
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, text

from storage.fulltext import questions, tokens
from storage.records import Hit
from storage.schema import passage

_K1, _B = 1.2, 0.75
_LEAST_WEIGHT = 1e-6  # of a term that more than half of the passages hold

_TABLES = (
    "CREATE TABLE passage_words (passage_id integer PRIMARY KEY REFERENCES passage (id)"
    " ON DELETE CASCADE, length integer NOT NULL, words tsvector NOT NULL)",
    "ALTER TABLE passage_words ALTER words SET STATISTICS 0",
    "CREATE INDEX passage_words_by_term ON passage_words USING gin (words)",
    # In how many passages each term occurs; changed in place, so a page keeps room for that.
    'CREATE TABLE passage_words_term (term text COLLATE "C" PRIMARY KEY,'
    " passages integer NOT NULL) WITH (fillfactor = 70)",
    "ALTER TABLE passage_words_term ALTER term SET STATISTICS 0",
    "CREATE TABLE passage_words_total (passages bigint NOT NULL, tokens bigint NOT NULL)",
    "INSERT INTO passage_words_total VALUES (0, 0)",
)

# Only whoever holds the library's lock for writing comes here, so that no two meet at a term.
_COUNT_TERMS = """
INSERT INTO passage_words_term AS known (term, passages)
SELECT word, :sign * ndoc FROM ts_stat(
    format('SELECT words FROM passage_words WHERE passage_id BETWEEN %s AND %s',
        CAST(:first AS integer), CAST(:last AS integer)))
ON CONFLICT (term) DO UPDATE SET passages = known.passages + excluded.passages
RETURNING term, passages
"""
_COUNT_ALL = """
UPDATE passage_words_total SET
    passages = passages + :sign * (SELECT count(*) FROM passage_words
        WHERE passage_id BETWEEN :first AND :last),
    tokens = tokens + :sign * (SELECT coalesce(sum(length), 0) FROM passage_words
        WHERE passage_id BETWEEN :first AND :last)
"""
_WORDS = """
SELECT passage_id, length, place, weight, CAST(cardinality(positions) AS float8) AS times
FROM passage_words CROSS JOIN LATERAL unnest(words) AS entry
    JOIN unnest(CAST(:terms AS text[]), CAST(:places AS integer[]), CAST(:weights AS float8[]))
        AS asked (term, place, weight) ON lexeme = term
WHERE passage_id BETWEEN :first AND :last AND words @@ CAST(:query AS tsquery)
"""
# A few letters end a word for FTS5 and not for questions.words: such a word is a phrase of terms.
_PHRASES = """
UNION ALL
SELECT passage_id, length, place, weight, CAST(count(*) AS float8) FROM (
    SELECT passage_id, length, place, weight FROM passage_words
        CROSS JOIN LATERAL unnest(words) AS entry CROSS JOIN LATERAL unnest(positions) AS position
        JOIN unnest(CAST(:parts AS text[]), CAST(:steps AS integer[]), CAST(:sizes AS integer[]),
            CAST(:part_places AS integer[]), CAST(:part_weights AS float8[]))
            AS asked (term, step, size, place, weight) ON lexeme = term
    WHERE passage_id BETWEEN :first AND :last AND words @@ CAST(:phrases AS tsquery)
    GROUP BY passage_id, length, place, weight, size, position - step HAVING count(*) = size
) AS occurrence GROUP BY passage_id, length, place, weight
"""
_SEARCH = """
SELECT passage_id - :first, sum(
    weight * (times * CAST(:k1_and_1 AS float8) / (times + CAST(:k1 AS float8) * (
        CAST(:rest AS float8) + CAST(:b AS float8) * length / CAST(:average AS float8))))
    ORDER BY place) AS score
FROM ({found}) AS found GROUP BY passage_id ORDER BY score DESC, passage_id LIMIT :limit
"""
_COUNT = """
SELECT count(*) FROM passage_words
WHERE passage_id BETWEEN :first AND :last AND words @@ CAST(:query AS tsquery)
"""

_COUNT_EVERYWHERE = "SELECT count(*) FROM passage_words WHERE words @@ CAST(:query AS tsquery)"


_PASSAGES = """
SELECT passage_id FROM passage_words
WHERE passage_id BETWEEN :first AND :last AND words @@ CAST(:query AS tsquery) ORDER BY passage_id
"""


def create(connection: Connection) -> None:
    """Make the tables of the index."""
    for statement in _TABLES:
        connection.exec_driver_sql(statement)


def index(connection: Connection, document_id: str) -> None:
    """Take up the passages of a document."""
    texts = connection.execute(
        select(passage.c.id, passage.c.text).where(passage.c.document_id == document_id)
    )
    rows = [vector._asdict() for vector in tokens.vectors((row.id, row.text) for row in texts)]
    if rows:
        connection.execute(
            text("INSERT INTO passage_words VALUES (:number, :length, CAST(:words AS tsvector))"),
            rows,
        )
        _count(connection, _bounds(connection, document_id), sign=1)


def remove(connection: Connection, document_id: str) -> None:
    """Forget the passages of a document; call it while they are still there."""
    bounds = _bounds(connection, document_id)
    gone = _count(connection, bounds, sign=-1)
    connection.execute(
        text("DELETE FROM passage_words_term WHERE term = ANY(CAST(:gone AS text[]))"),
        {"gone": gone},
    )
    connection.execute(
        text("DELETE FROM passage_words WHERE passage_id BETWEEN :first AND :last"), bounds
    )


def _count(connection: Connection, bounds: dict[str, int], sign: int) -> list[str]:
    """Count these passages in, or out where sign is -1; the terms that none has any more."""
    counted = {**bounds, "sign": sign}
    connection.execute(text(_COUNT_ALL), counted)
    changed = connection.execute(text(_COUNT_TERMS), counted)
    return [term for term, passages in changed if passages <= 0]


class _Asked(NamedTuple):
    """A word of a question: its terms, which are more than one where FTS5 cuts it in pieces."""

    place: int
    terms: tuple[str, ...]
    weight: float


def search(connection: Connection, document_id: str, question: str, limit: int) -> tuple[Hit, ...]:
    """The passages of one document that share words with the question, best first."""
    words = [terms for terms in tokens.terms(questions.distinct_words(question)) if terms]
    if not words or limit < 1:
        return ()
    weights, average = _statistics(connection, words)
    asked = list(map(_Asked, range(len(words)), words, weights))
    parameters = {
        **_bounds(connection, document_id),
        **_single(asked),
        "average": average,
        "k1": _K1,
        "k1_and_1": _K1 + 1,
        "b": _B,
        "rest": 1 - _B,
        "limit": limit,
    }
    phrases = [word for word in asked if len(word.terms) > 1]
    found = _WORDS + _PHRASES if phrases else _WORDS
    rows = connection.execute(
        text(_SEARCH.format(found=found)), {**parameters, **_in_parts(phrases)}
    )
    return tuple(Hit(passage_index, score) for passage_index, score in rows)


def _single(asked: Sequence[_Asked]) -> dict[str, object]:
    words = [word for word in asked if len(word.terms) == 1]
    return {
        "terms": [word.terms[0] for word in words],
        "places": [word.place for word in words],
        "weights": [word.weight for word in words],
        "query": _any_of([word.terms for word in words]),
    }


def _in_parts(phrases: Sequence[_Asked]) -> dict[str, object]:
    parts = [(word, step) for word in phrases for step in range(len(word.terms))]
    return {
        "parts": [word.terms[step] for word, step in parts],
        "steps": [step for _, step in parts],
        "sizes": [len(word.terms) for word, _ in parts],
        "part_places": [word.place for word, _ in parts],
        "part_weights": [word.weight for word, _ in parts],
        "phrases": _any_of([word.terms for word in phrases]),
    }


def _statistics(
    connection: Connection, words: Sequence[tuple[str, ...]]
) -> tuple[list[float], float]:
    """The weight of each word and the mean length of a passage, in the whole library."""
    passages, in_all = connection.execute(text("SELECT * FROM passage_words_total")).one()
    rows = connection.execute(
        text("SELECT * FROM passage_words_term WHERE term = ANY(CAST(:terms AS text[]))"),
        {"terms": [terms[0] for terms in words if len(terms) == 1]},
    )
    holding: dict[tuple[str, ...], int | None] = {(row.term,): row.passages for row in rows}
    for phrase in (terms for terms in words if len(terms) > 1):
        holding[phrase] = connection.scalar(text(_COUNT_EVERYWHERE), {"query": _phrase(phrase)})
    weights = [_weight(passages, holding.get(terms) or 0) for terms in words]
    return weights, in_all / passages if in_all else 1.0


def _weight(passages: int, holding: int) -> float:
    weight = log((passages - holding + 0.5) / (holding + 0.5))
    return weight if weight > 0 else _LEAST_WEIGHT


def term_counts(connection: Connection, document_id: str, terms: Sequence[str]) -> dict[str, int]:
    """In how many passages of one document each term occurs; several words are a phrase."""
    distinct = list(dict.fromkeys(terms))
    phrases = tokens.terms([" ".join(questions.words(term)) for term in distinct])
    bounds = _bounds(connection, document_id)
    counts = [
        connection.scalar(text(_COUNT), {"query": _phrase(phrase), **bounds}) if phrase else 0
        for phrase in phrases
    ]
    return dict(zip(distinct, counts, strict=True))


def count(connection: Connection, word: str, span: tuple[int, int]) -> int:
    """How many passages numbered within a span hold a word; of several words, the phrase."""
    asked = _asked(word, span)
    return connection.scalar(text(_COUNT), asked) or 0 if asked else 0


def passages(connection: Connection, word: str, span: tuple[int, int]) -> list[int]:
    """The numbers of the passages within a span that hold a word, in order."""
    asked = _asked(word, span)
    return list(connection.scalars(text(_PASSAGES), asked)) if asked else []


def _asked(word: str, span: tuple[int, int]) -> dict[str, Any]:
    """The parameters of a look-up; none for a text without a word."""
    (phrase,) = tokens.terms([" ".join(questions.words(word))])
    if not phrase:
        return {}
    return {"query": _phrase(phrase), "first": span[0], "last": span[1]}


def _any_of(words: Sequence[tuple[str, ...]]) -> str:
    return " | ".join(f"({_phrase(terms)})" for terms in words)


def _phrase(terms: Sequence[str]) -> str:
    # No term has a quote or a backslash in it: they are letters, digits and marks.
    return " <-> ".join(f"'{term}'" for term in terms)


def _bounds(connection: Connection, document_id: str) -> dict[str, int]:
    row = connection.execute(
        select(func.min(passage.c.id), func.max(passage.c.id)).where(
            passage.c.document_id == document_id
        )
    ).one()
    return {"first": row[0] or 0, "last": -1 if row[1] is None else row[1]}
