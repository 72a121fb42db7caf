"""A library's tables, from nothing to the newest form."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.errors import LibraryDamaged, LibraryUnavailable
from storage.library import Library, open_library
from storage.migrate import _config
from storage.schema import REVISION, metadata
from tests.storage.making import add, holding, open_at, url_of


def test_the_migrations_make_exactly_the_tables_of_the_schema(library: Library) -> None:
    with library._database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_name": is_ours, "target_metadata": metadata},
        )
        assert compare_metadata(context, metadata) == []


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not str(name).startswith("passage_")


def test_the_newest_migration_is_the_one_the_program_expects() -> None:
    assert ScriptDirectory.from_config(_config()).get_heads() == [REVISION]


def test_a_library_opened_twice_keeps_what_it_has(tmp_path: Path) -> None:
    with open_at(tmp_path) as first, open_at(tmp_path) as second:
        record = add(first, "text")
        assert second.list("ann") == (record,)
    with open_at(tmp_path) as third:
        assert third.list("ann") == (record,)


def test_the_file_is_set_up_as_promised(library: Library) -> None:
    expected = {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "synchronous": 1,
        "secure_delete": 1,
        "auto_vacuum": 2,
    }
    library.delete("ann", add(library, "text").id)
    with library._database.reading() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
    assert found == expected


def test_a_library_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    open_at(tmp_path).close()
    path = tmp_path / "library.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LibraryUnavailable, match=r"newer readonce.*upgrade readonce"):
        open_library(url_of(path))


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(LibraryDamaged, match="another program"):
        open_library(url_of(path))
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    assert names == [("recipes",)]


@pytest.mark.parametrize("name", ["with space", "100%", "#hash", "ünï漢"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    with open_at(tmp_path / name) as library:
        add(library, "text")
    assert (tmp_path / name / "library.db").exists()


def test_a_library_of_the_first_release_keeps_its_documents_and_uploads(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with open_at(tmp_path) as library:
        record = add(library, "text")
        running, upload = (library.queue.enqueue("ann", name, b"x") for name in ("b.pdf", "a.pdf"))
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in NEW_TABLES:
            connection.execute(f"DROP TABLE {table}")
        for index in ("words", "pieces"):
            connection.execute(f"DROP VIEW passage_{index}_0_text")
        connection.execute(FIRST_INDEX)
        connection.execute("INSERT INTO passage_words (passage_words) VALUES ('rebuild')")
        for index in ("document_replaces", "document_put_away_at"):
            connection.execute(f"DROP INDEX {index}")
        connection.execute(
            "UPDATE job SET status = 'reading', worker = 'before' WHERE id = ?", [running.id]
        )
        _undo_jobs(connection)
        for table, columns in ADDED.items():
            for column in columns:
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    with open_at(tmp_path) as library:
        assert library.list("ann") == (record,)
        assert library.queue.jobs("ann") == (
            upload,
            replace(running, status="running", worker="before"),
        )
        taken = library.queue.claim("after")
        assert taken is not None
        assert (taken[0].id, taken[1]) == (running.id, b"x")
        assert library.text(record.id) == "text"
        assert holding(library, record.id, "text") == [0]
        assert library.care.document_damage("ann", None) == library.care.library_damage() == ()


FIRST_INDEX = (
    "CREATE VIRTUAL TABLE passage_words USING fts5(text, content='passage', content_rowid='id',"
    " tokenize='porter unicode61 remove_diacritics 2')"
)
NEW_TABLES = (
    *(
        "passage_words_0",
        "passage_pieces_0",
        "anchor",
        "embedding",
        "salience",
        "seal",
        "backdrop",
        "turn",
    ),
    *("conversation_document", "conversation", "receipt"),
)


def _undo_jobs(connection: sqlite3.Connection) -> None:
    """Make uploads of jobs again."""
    for index in ("by_owner", "in_line", "taken", "once"):
        connection.execute(f"DROP INDEX job_{index}")
    connection.execute("DROP INDEX ix_job_document_id")
    connection.execute("DROP TABLE batch")
    for column in OF_JOBS:
        connection.execute(f"ALTER TABLE job DROP COLUMN {column}")
    connection.execute("ALTER TABLE worker DROP COLUMN beats")
    connection.execute("ALTER TABLE job RENAME TO upload")
    connection.execute("CREATE INDEX upload_by_owner ON upload (owner, number)")
    connection.execute("CREATE INDEX upload_by_status ON upload (status, number)")
    connection.execute("CREATE INDEX ix_upload_document_id ON upload (document_id)")


OF_JOBS = [
    *("batch_id", "kind", "priority", "item", "mark", "task", "result", "result_hash", "fault"),
    *("tries", "fence", "taken"),
]
ADDED = {
    "document": (
        *("replaces", "reused_tokens", "version"),
        *("renamed", "tags", "readers", "put_away_at", "anchors"),
    ),
    "upload": ("content_hash", "keep_both"),
}
