"""Bringing a library's tables to the form that this program knows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from storage.database import Database
from storage.errors import LibraryDamaged, LibraryUnavailable
from storage.faults import translated
from storage.schema import REVISION

if TYPE_CHECKING:
    from alembic.config import Config

_ALEMBIC = threading.Lock()
"""alembic keeps its context in module globals: one migration at a time in a process."""


def migrate(database: Database) -> None:
    """Run the migrations that the library lacks, in one transaction.

    Several processes may call this at once: the write lock lets one of them work, and the others
    find nothing left to do.
    """
    with database.reading() as connection:
        current = _revision(connection, database.path)
    if current != REVISION:
        with _ALEMBIC, _rebuilding(database) as connection:
            _upgrade(connection, database.path)


def _revision(connection: Connection, path: Path) -> str | None:
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise LibraryDamaged(
            f"{path} is the database of another program: name another file for the library."
        )
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


@contextmanager
def _rebuilding(database: Database) -> Iterator[Connection]:
    """A write transaction without foreign keys.

    A migration that rebuilds a table drops the old one, and with foreign keys on that would
    delete every row that refers to it.
    """
    with translated(database.path), database.engine.connect() as connection:
        connection.detach()  # the pragma ends with this connection
        connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        writer = connection.execution_options(writing=True)
        with writer.begin():
            yield writer


def _upgrade(connection: Connection, path: Path) -> None:
    # alembic is slow to import and needed only when a library is made or changed.
    from alembic import command

    config = _config()
    current = _revision(connection, path)
    if current is not None:
        require_known(current, path)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.execute(text("PRAGMA foreign_key_check")).first() is not None:
        raise LibraryDamaged(
            f"The library {path} has rows without their document and was left as it is: restore"
            " it from a copy, or move the file away and add your documents again."
        )


def require_known(revision: str, path: Path) -> None:
    """Raise LibraryUnavailable for the file of a newer readonce."""
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise LibraryUnavailable(
            f"The library {path} was made by a newer readonce (its tables are at {revision}, this"
            f" program knows {REVISION}): upgrade readonce to use it."
        )


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    scripts = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", scripts.replace("%", "%%"))
    return config
