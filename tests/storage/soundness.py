"""What must hold in a library whatever happened to the programs that wrote it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from sqlalchemy import make_url

_ORPHANS = {
    "passages without a document": (
        "SELECT count(*) FROM passage WHERE document_id NOT IN (SELECT id FROM document)"
    ),
    "originals without a document": (
        "SELECT count(*) FROM original WHERE content_hash NOT IN"
        " (SELECT content_hash FROM document)"
    ),
    "documents with missing passages": (
        "SELECT count(*) FROM document WHERE passages !="
        " (SELECT count(*) FROM passage WHERE document_id = document.id)"
    ),
    "documents without a layout": (
        "SELECT count(*) FROM document WHERE id NOT IN (SELECT document_id FROM layout)"
    ),
    "progress without its checkpoint": (
        "SELECT count(*) FROM document WHERE tokens_read > 0 AND NOT EXISTS (SELECT 1 FROM"
        " checkpoint c WHERE c.document_id = document.id AND c.tokens_read ="
        " document.tokens_read)"
    ),
    "documents whose tokens are not those of their passages": (
        "SELECT count(*) FROM document WHERE tokens !="
        " (SELECT coalesce(sum(tokens), 0) FROM passage WHERE document_id = document.id)"
    ),
    "states in the tokens of another count": (
        "SELECT count(*) FROM document d JOIN (SELECT document_id, tokenizer_fingerprint FROM"
        " checkpoint UNION ALL SELECT document_id, tokenizer_fingerprint FROM snapshot) s"
        " ON s.document_id = d.id WHERE s.tokenizer_fingerprint != d.tokenizer_fingerprint"
    ),
}
_INDEX_OF_SQLITE = {
    "indexed passages that are gone": (
        "SELECT (SELECT count(*) FROM passage_words_docsize) - (SELECT count(*) FROM passage)"
    ),
}
_TERMS = "SELECT word, ndoc FROM ts_stat('SELECT words FROM passage_words')"
_INDEX_OF_POSTGRES = {
    "passages that the index does not have": (
        "SELECT count(*) FROM passage WHERE id NOT IN (SELECT passage_id FROM passage_words)"
    ),
    "terms that are counted wrongly": (
        f"SELECT count(*) FROM (({_TERMS} EXCEPT TABLE passage_words_term) UNION ALL"
        f" (TABLE passage_words_term EXCEPT {_TERMS})) AS different"
    ),
    "passages or tokens that are counted wrongly": (
        "SELECT count(*) FROM passage_words_total WHERE (passages, tokens) !="
        " (SELECT count(*), coalesce(sum(length), 0) FROM passage_words)"
    ),
}


def complaints(library: Path | str) -> list[str]:
    """Everything that is wrong with a file or with what a URL names; empty for a sound library."""
    if isinstance(library, str) and not library.startswith("sqlite:"):
        with psycopg.connect(library) as server:
            queries = _ORPHANS | _INDEX_OF_POSTGRES
            rows = {name: server.execute(query).fetchone() for name, query in queries.items()}
        return [name for name, row in rows.items() if row != (0,)]
    return _complaints_of_file(library if isinstance(library, Path) else file_of(library))


def file_of(url: str) -> Path:
    return Path(str(make_url(url).database))


def _complaints_of_file(path: Path) -> list[str]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        queries = _ORPHANS | _INDEX_OF_SQLITE
        found = [name for name, query in queries.items() if _value(connection, query)]
        if _value(connection, "PRAGMA integrity_check") != "ok":
            found.append("the file is damaged")
        if connection.execute("PRAGMA foreign_key_check").fetchall():
            found.append("a reference leads nowhere")
        try:
            connection.execute(
                "INSERT INTO passage_words (passage_words, rank) VALUES ('integrity-check', 1)"
            )
        except sqlite3.DatabaseError as error:
            found.append(f"the full-text index differs from the passages: {error}")
    return found


def traces(path: Path, word: str) -> list[str]:
    """The library's files whose bytes contain the word, in any case of its letters."""
    files = sorted(path.parent.glob(f"{path.name}*"))
    return [file.name for file in files if word.lower().encode() in file.read_bytes().lower()]


def _value(connection: sqlite3.Connection, query: str) -> object:
    return connection.execute(query).fetchone()[0]
