"""The index on SQLite: tables of FTS5, each for the passages of a run of numbers.

FTS5 only marks words as deleted until it merges, so a delete writes anew the index of the runs
that the document lies in; one index of the whole library would make that cost as much as the
library has passages. The tables refer to the passages' text and hold no copy of it, and they tell
in which passages a word stands and nothing else: no counts, no places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text

from storage.fulltext import questions, tokens
from storage.fulltext.numbers import Numbers, Span, as_numbers, bounds

INDEX_SHARE = 0.35
"""Bytes of index for a byte of text: measured on English prose, used for stored_bytes."""

RUN = 16_384
"""Passage numbers of one table: a delete writes about 0.1 s, a search of a million asks 62."""

_TABLES_AT_ONCE = 400  # an SQLite of the usual build joins 500 queries at most


def create(connection: Connection) -> None:
    """Nothing: a table is made when the first passage of its run comes."""


def index(connection: Connection, document_id: str) -> None:
    """Take up the passages of a document."""
    for run, (first, last) in _cut(bounds(connection, document_id)):
        _make(connection, run)
        connection.exec_driver_sql(
            f"INSERT INTO {_name(run)} (rowid, text)"
            " SELECT id, text FROM passage WHERE id BETWEEN ? AND ?",
            (first, last),
        )


def remove(connection: Connection, document_id: str) -> None:
    """Forget the passages of a document; call it while they are still there."""
    for run, (first, last) in _cut(bounds(connection, document_id)):
        name = _name(run)
        if _only(connection, run, document_id):
            _drop(connection, run)
            continue
        connection.exec_driver_sql(
            f"INSERT INTO {name} ({name}, rowid, text)"
            " SELECT 'delete', id, text FROM passage WHERE id BETWEEN ? AND ?",
            (first, last),
        )
        connection.exec_driver_sql(f"INSERT INTO {name} ({name}) VALUES ('optimize')")


def count(connection: Connection, word: str, spans: Sequence[Span]) -> int:
    """How many passages numbered within these spans hold a word."""
    asked = "SELECT count(*) FROM {name} WHERE {name} MATCH ? AND rowid BETWEEN ? AND ?"
    return sum(number for (number,) in _each(connection, asked, word, spans))


def passages(connection: Connection, word: str, spans: Sequence[Span]) -> Numbers:
    """The numbers of the passages within these spans that hold a word, in order."""
    asked = "SELECT rowid FROM {name} WHERE {name} MATCH ? AND rowid BETWEEN ? AND ?"
    return as_numbers(_each(connection, asked, word, spans))


def _each(
    connection: Connection, asked: str, word: str, spans: Sequence[Span]
) -> Iterator[tuple[int]]:
    """The rows of a query over every table that the spans touch, in the order of the spans."""
    query = _query(word)
    there = set(runs(connection))
    wanted = [(run, part) for span in spans for run, part in _cut(span) if run in there]
    for start in range(0, len(wanted) if query else 0, _TABLES_AT_ONCE):
        some = wanted[start : start + _TABLES_AT_ONCE]
        union = " UNION ALL ".join(asked.format(name=_name(run)) for run, _ in some)
        values = tuple(value for _, part in some for value in (query, *part))
        # Rows of the driver: those of SQLAlchemy take ten times as long, and there are 100,000.
        cursor = connection.exec_driver_sql(union, values).cursor
        yield from () if cursor is None else cursor.fetchall()


def _query(word: str) -> str:
    """The query for a word; of several terms, all in one passage. Empty for what is no word."""
    return " AND ".join(f'"{part}"' for part in tokens.parts(questions.words(word)))


def runs(connection: Connection) -> list[int]:
    """The runs that have a table, in order."""
    named = text(
        "SELECT name FROM sqlite_master WHERE name GLOB 'passage_words_[0-9]*'"
        " AND sql LIKE 'CREATE VIRTUAL TABLE%'"
    )
    return sorted(int(name.rpartition("_")[2]) for name in connection.scalars(named))


def sound(connection: Connection) -> bool:
    """Whether the index holds the words of the passages and no other; may raise DBAPIError."""
    due = text(f"SELECT DISTINCT id / {RUN} FROM passage ORDER BY 1")
    if list(connection.scalars(due)) != runs(connection):
        return False
    for name in map(_name, runs(connection)):
        # Raises where they differ; 1 compares them with the text.
        check = f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)"
        connection.exec_driver_sql(check)
    return True


def rebuild(connection: Connection) -> None:
    """Make the index anew from the passages."""
    for run in runs(connection):
        _drop(connection, run)
    due = text(f"SELECT DISTINCT id / {RUN} FROM passage")
    for run in connection.scalars(due).all():
        _make(connection, run)
        name = _name(run)
        connection.exec_driver_sql(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")


def _make(connection: Connection, run: int) -> None:
    name = _name(run)
    connection.exec_driver_sql(
        f"CREATE VIEW IF NOT EXISTS {name}_text AS SELECT id, text FROM passage"
        f" WHERE id BETWEEN {run * RUN} AND {run * RUN + RUN - 1}"
    )
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5(text, content='{name}_text',"
        f" content_rowid='id', detail=none, columnsize=0, tokenize='{tokens.TOKENIZER}')"
    )


def _drop(connection: Connection, run: int) -> None:
    connection.exec_driver_sql(f"DROP TABLE {_name(run)}")
    connection.exec_driver_sql(f"DROP VIEW {_name(run)}_text")


def _only(connection: Connection, run: int, document_id: str) -> bool:
    """Whether no other document has passages in a run."""
    others = text(
        "SELECT 1 FROM passage WHERE id BETWEEN :first AND :last AND document_id != :document"
        " LIMIT 1"
    )
    span = {"first": run * RUN, "last": run * RUN + RUN - 1}
    return connection.scalar(others, {**span, "document": document_id}) is None


def _name(run: int) -> str:
    return f"passage_words_{run}"


def _cut(span: Span) -> Iterator[tuple[int, Span]]:
    """The parts of a span by the run that they lie in."""
    first, last = span
    for run in range(first // RUN, last // RUN + 1) if first <= last else ():
        yield run, (max(first, run * RUN), min(last, run * RUN + RUN - 1))
