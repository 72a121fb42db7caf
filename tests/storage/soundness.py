"""What must hold in a library whatever happened to the programs that wrote it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from storage.fulltext import pieces
from storage.fulltext.sqlite import RUN

Ask = Callable[[str], list[tuple[Any, ...]]]
"""All rows of a query."""

# Each query finds the rows that should not be there.
_WRONG = {
    "originals without a document": (
        "SELECT 1 FROM original WHERE content_hash NOT IN (SELECT content_hash FROM document)"
    ),
    "documents without a layout": (
        "SELECT 1 FROM document WHERE id NOT IN (SELECT document_id FROM layout)"
    ),
    "progress without its checkpoint": (
        "SELECT 1 FROM document WHERE tokens_read > 0 AND NOT EXISTS (SELECT 1 FROM checkpoint c"
        " WHERE c.document_id = document.id AND c.tokens_read = document.tokens_read"
        " AND c.weights_fingerprint = document.weights_fingerprint)"
    ),
    "documents that are called read and are not": (
        "SELECT 1 FROM document WHERE state_checksum IS NOT NULL AND tokens_read != tokens"
    ),
    "more tokens read or taken over than there are": (
        "SELECT 1 FROM document WHERE tokens_read > tokens OR reused_tokens > tokens_read"
    ),
    "versions of a version, or of another owner's document": (
        "SELECT 1 FROM document d JOIN document o ON o.id = d.replaces"
        " WHERE o.replaces IS NOT NULL OR o.owner != d.owner OR d.state_checksum IS NOT NULL"
    ),
    "conversations without a turn": (
        "SELECT 1 FROM conversation WHERE number NOT IN (SELECT conversation FROM turn)"
    ),
    "turns that do not follow one another": (
        'SELECT 1 FROM turn GROUP BY conversation HAVING max("index") != count(*) - 1'
    ),
    "jobs to be done without their bytes": (
        "SELECT 1 FROM job WHERE status IN ('waiting', 'running', 'stopped') AND content IS NULL"
        " AND document_id IS NULL"
    ),
    "jobs that are done and still hold bytes": (
        "SELECT 1 FROM job WHERE status = 'done' AND content IS NOT NULL"
    ),
    "jobs without a receipt": "SELECT 1 FROM job WHERE id NOT IN (SELECT id FROM receipt)",
    "receipts of no job": "SELECT 1 FROM receipt WHERE id NOT IN (SELECT id FROM job)",
    "documents that miss an anchor": (
        "SELECT 1 FROM document d WHERE anchors !="
        " (SELECT count(*) FROM anchor WHERE document_id = d.id)"
    ),
    "jobs that are done without a document": (
        "SELECT 1 FROM job WHERE status = 'done' AND document_id IS NULL"
    ),
}

# For every table that holds states, now and later.
_WRONG_STATES = {
    "in the tokens of another count": (
        "SELECT 1 FROM {table} s JOIN document d ON d.id = s.document_id"
        " WHERE s.tokenizer_fingerprint != d.tokenizer_fingerprint"
    ),
    "at no passage's boundary": (
        "SELECT 1 FROM {table} s JOIN document d ON d.id = s.document_id WHERE NOT ("
        " (s.passage_index = d.passages AND s.tokens_read = d.tokens) OR EXISTS (SELECT 1 FROM"
        ' passage p WHERE p.document_id = d.id AND p."index" = s.passage_index'
        " AND p.token_start = s.tokens_read))"
    ),
    "further than the reading": (
        "SELECT 1 FROM {table} s JOIN document d ON d.id = s.document_id"
        " AND d.weights_fingerprint = s.weights_fingerprint WHERE s.tokens_read > d.tokens_read"
    ),
}
_WRONG_INDEX_OF_POSTGRES = {
    "passages that the index does not have": (
        "SELECT 1 FROM passage WHERE id NOT IN (SELECT passage_id FROM passage_words)"
    ),
}


def complaints(library: Path | str) -> list[str]:
    """Everything that is wrong with a file or with what a URL names; empty for a sound library."""
    if isinstance(library, str) and not library.startswith("sqlite:"):
        with psycopg.connect(library) as server:
            return _complaints_of_server(lambda query: server.execute(query.encode()).fetchall())
    path = library if isinstance(library, Path) else file_of(library)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return _complaints_of_file(connection)


def file_of(url: str) -> Path:
    """The file that a URL of SQLite names."""
    return Path(str(make_url(url).database))


def _complaints_of_server(ask: Ask) -> list[str]:
    columns = (
        "SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND column_name IN ('payload', 'passage_index', 'tokens_read')"
        " GROUP BY table_name HAVING count(*) = 3"
    )
    queries = _WRONG | _WRONG_INDEX_OF_POSTGRES
    return [
        *(name for name, query in queries.items() if ask(query)),
        *_wrong_states(ask, [table for (table,) in ask(columns)]),
        *_wrong_passages(ask),
    ]


def _complaints_of_file(connection: sqlite3.Connection) -> list[str]:
    def ask(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query).fetchall()

    return [
        *_damage(ask),
        *(name for name, query in _WRONG.items() if ask(query)),
        *_wrong_states(ask, _tables(connection, "passage_index", "tokens_read", "payload")),
        *_wrong_passages(ask),
        *_wrong_index(connection),
    ]


def _damage(ask: Ask) -> Iterator[str]:
    if ask("PRAGMA integrity_check") != [("ok",)]:
        yield "the file is damaged"
    for table, *_ in ask("PRAGMA foreign_key_check"):
        yield f"a row of {table} refers to nothing"
    for digest, content in ask("SELECT content_hash, content FROM original"):
        if hashlib.sha256(content).hexdigest() != digest:
            yield "an original is not what was handed in"


def _wrong_states(ask: Ask, tables: list[str]) -> Iterator[str]:
    for table in tables:
        for name, query in _WRONG_STATES.items():
            if ask(query.format(table=table)):
                yield f"states in {table} {name}"
        for payload, digest in ask(f"SELECT payload, checksum FROM {table}"):
            if hashlib.sha256(payload).hexdigest() != digest:
                yield f"a state in {table} is damaged"


def _tables(connection: sqlite3.Connection, *columns: str) -> list[str]:
    """The tables that have all these columns."""
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return [
        name
        for (name,) in names
        if {*columns} <= {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
    ]


def _wrong_passages(ask: Ask) -> Iterator[str]:
    """The passages of a document follow each other without a gap, in places, tokens and ids."""
    for document_id, *expected in ask("SELECT id, characters, tokens, passages FROM document"):
        rows = ask(
            'SELECT id, "index", start, token_start, tokens, text FROM passage'
            f" WHERE document_id = '{document_id}' ORDER BY \"index\""
        )
        characters = tokens = 0
        for index, row in enumerate(rows):
            if row[:4] != (rows[0][0] + index, index, characters, tokens):
                yield f"passage {index} of {document_id} is not where it belongs"
            characters, tokens = characters + len(row[5]), tokens + row[4]
        if [characters, tokens, len(rows)] != expected:
            yield f"{document_id} does not have the passages that it should"


def _wrong_index(connection: sqlite3.Connection) -> Iterator[str]:
    connection.create_function(pieces.IN_SQL, 1, pieces.indexed, deterministic=True)
    named = "SELECT name FROM sqlite_schema WHERE name LIKE 'passage_%' AND sql LIKE '%fts5%'"
    names = sorted(name for (name,) in connection.execute(named))
    due = connection.execute(f"SELECT DISTINCT id / {RUN} FROM passage").fetchall()
    if names != sorted(f"passage_{of}_{run}" for (run,) in due for of in ("pieces", "words")):
        yield f"there are {names} as full-text index"
    for name in names:
        try:
            connection.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError as error:
            yield f"the full-text index differs from the passages: {error}"


def traces(path: Path, word: str) -> list[str]:
    """The library's files whose bytes contain the word, in any case of its letters."""
    files = sorted(path.parent.glob(f"{path.name}*"))
    return [file.name for file in files if word.lower().encode() in file.read_bytes().lower()]
