"""What must hold in a library's file whatever happened to the programs that wrote it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

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
    "indexed passages that are gone": (
        "SELECT (SELECT count(*) FROM passage_words_docsize) - (SELECT count(*) FROM passage)"
    ),
}


def complaints(path: Path) -> list[str]:
    """Everything that is wrong with the file, in words; empty for a sound library."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        found = [name for name, query in _ORPHANS.items() if _value(connection, query)]
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
