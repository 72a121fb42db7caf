"""The indexes on SQLite: tables of FTS5, each for the passages of a run of numbers.

FTS5 only marks words as deleted until it merges, so a delete writes anew the index of the runs
that the document lies in; one index of the whole library would make that cost as much as the
library has passages. The tables refer to the passages' text and hold no copy of it, and they tell
in which passages a word stands and nothing else: no counts, no places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from storage.fulltext import pieces, questions, tokens
from storage.fulltext.kinds import Kind
from storage.fulltext.numbers import Numbers, Span, as_numbers, bounds

INDEX_SHARE = 0.35
"""Bytes of index for a byte of text: measured on English prose, used for stored_bytes."""

RUN = 16_384
"""Passage numbers of one table: a delete writes about 0.1 s, a search of a million asks 62."""

_HELD = "SELECT rowid FROM {name} WHERE {name} MATCH ? AND rowid BETWEEN ? AND ?"
_TABLES_AT_ONCE = 400  # an SQLite of the usual build joins 500 queries at most


@dataclass(frozen=True, slots=True)
class _Index:
    """One of the two indexes: how its tables are called, cut and asked.

    content: the SQL of what is indexed of a passage; query: what FTS5 is asked for a word.
    """

    name: str
    content: str
    tokenizer: str
    query: Callable[[str], str]

    def table(self, run: int) -> str:
        return f"{self.name}_{run}"


def _all_parts(word: str) -> str:
    """The query for a word; of several terms, all in one passage. Empty for what is no word."""
    return " AND ".join(f'"{part}"' for part in tokens.parts(questions.words(word)))


def _piece(piece: str) -> str:
    return f'"{piece}"'


_INDEXES: Mapping[Kind, _Index] = {
    "words": _Index("passage_words", "text", tokens.TOKENIZER, _all_parts),
    "pieces": _Index("passage_pieces", f"{pieces.IN_SQL}(text)", pieces.TOKENIZER, _piece),
}


def create(connection: Connection, kind: Kind) -> None:
    """Take up what is stored; a table is made when the first passage of its run comes."""
    rebuild(connection, [kind])


def index(connection: Connection, document_id: str) -> None:
    """Take up the passages of a document."""
    for run, (first, last) in _cut(bounds(connection, document_id)):
        for each in _INDEXES.values():
            _make(connection, each, run)
            connection.exec_driver_sql(
                f"INSERT INTO {each.table(run)} (rowid, text)"
                f" SELECT id, {each.content} FROM passage WHERE id BETWEEN ? AND ?",
                (first, last),
            )


def remove(connection: Connection, document_id: str) -> None:
    """Forget the passages of a document; call it while they are still there."""
    for run, (first, last) in _cut(bounds(connection, document_id)):
        alone = _only(connection, run, document_id)
        for each in _INDEXES.values():
            name = each.table(run)
            if alone:
                _drop(connection, each, run)
                continue
            connection.exec_driver_sql(
                f"INSERT INTO {name} ({name}, rowid, text)"
                f" SELECT 'delete', id, {each.content} FROM passage WHERE id BETWEEN ? AND ?",
                (first, last),
            )
            connection.exec_driver_sql(f"INSERT INTO {name} ({name}) VALUES ('optimize')")


def count(connection: Connection, kind: Kind, word: str, spans: Sequence[Span]) -> int:
    """How many passages numbered within these spans hold a word."""
    return sum(_each(connection, "count(*)", _INDEXES[kind], word, spans))


def passages(
    connection: Connection, kind: Kind, word: str, spans: Sequence[Span], most: int
) -> Numbers:
    """The numbers of at most so many passages within these spans that hold a word, in order."""
    lists = _each(connection, "group_concat(rowid)", _INDEXES[kind], word, spans, most)
    return as_numbers(lists)[:most]


def _each(
    connection: Connection,
    asked: str,
    index: _Index,
    word: str,
    spans: Sequence[Span],
    most: int = -1,
) -> Iterator[Any]:
    """What is asked of the passages that hold a word, for each so many tables of the spans.

    Of so many tables at most so many passages; -1 means all.
    """
    query = index.query(word)
    there = set(runs(connection, index.name))
    wanted = [(run, part) for span in spans for run, part in _cut(span) if run in there]
    for start in range(0, len(wanted) if query else 0, _TABLES_AT_ONCE):
        some = wanted[start : start + _TABLES_AT_ONCE]
        union = " UNION ALL ".join(_HELD.format(name=index.table(run)) for run, _ in some)
        values = tuple(value for _, part in some for value in (query, *part))
        statement = f"SELECT {asked} FROM ({union} LIMIT ?)"
        yield connection.exec_driver_sql(statement, (*values, most)).scalar_one()


def runs(connection: Connection, name: str = "passage_words") -> list[int]:
    """The runs that have a table, in order."""
    named = text(
        "SELECT name FROM sqlite_master WHERE name GLOB :pattern"
        " AND sql LIKE 'CREATE VIRTUAL TABLE%'"
    )
    found = connection.scalars(named, {"pattern": f"{name}_[0-9]*"})
    return sorted(int(each.rpartition("_")[2]) for each in found)


def sound(connection: Connection) -> bool:
    """Whether the indexes hold the words of the passages and no other; may raise DBAPIError."""
    due = _due(connection)
    for each in _INDEXES.values():
        if due != runs(connection, each.name):
            return False
        for name in map(each.table, due):
            # Raises where they differ; 1 compares them with the text.
            check = f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)"
            connection.exec_driver_sql(check)
    return True


def rebuild(connection: Connection, kinds: Sequence[Kind] = ("words", "pieces")) -> None:
    """Make the indexes anew from the passages."""
    for each in map(_INDEXES.__getitem__, kinds):
        for run in runs(connection, each.name):
            _drop(connection, each, run)
        for run in _due(connection):
            _make(connection, each, run)
            name = each.table(run)
            connection.exec_driver_sql(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")


def _due(connection: Connection) -> list[int]:
    """The runs in which there are passages, in order."""
    return list(connection.scalars(text(f"SELECT DISTINCT id / {RUN} FROM passage ORDER BY 1")))


def _make(connection: Connection, index: _Index, run: int) -> None:
    name = index.table(run)
    connection.exec_driver_sql(
        f"CREATE VIEW IF NOT EXISTS {name}_text AS SELECT id, {index.content} AS text FROM passage"
        f" WHERE id BETWEEN {run * RUN} AND {run * RUN + RUN - 1}"
    )
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5(text, content='{name}_text',"
        f" content_rowid='id', detail=none, columnsize=0, tokenize='{index.tokenizer}')"
    )


def _drop(connection: Connection, index: _Index, run: int) -> None:
    connection.exec_driver_sql(f"DROP TABLE {index.table(run)}")
    connection.exec_driver_sql(f"DROP VIEW {index.table(run)}_text")


def _only(connection: Connection, run: int, document_id: str) -> bool:
    """Whether no other document has passages in a run."""
    others = text(
        "SELECT 1 FROM passage WHERE id BETWEEN :first AND :last AND document_id != :document"
        " LIMIT 1"
    )
    span = {"first": run * RUN, "last": run * RUN + RUN - 1}
    return connection.scalar(others, {**span, "document": document_id}) is None


def _cut(span: Span) -> Iterator[tuple[int, Span]]:
    """The parts of a span by the run that they lie in."""
    first, last = span
    for run in range(first // RUN, last // RUN + 1) if first <= last else ():
        yield run, (max(first, run * RUN), min(last, run * RUN + RUN - 1))
