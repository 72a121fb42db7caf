"""Bringing a library's tables to the form that this program knows."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from storage.database import Database
from storage.errors import LibraryDamaged, LibraryUnavailable
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
        current = _revision(connection, database.name)
    if current != REVISION:
        with _ALEMBIC, database.migrating() as connection:
            _upgrade(connection, database.name)


def _revision(connection: Connection, name: str) -> str | None:
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise LibraryDamaged(
            f"{name} is the database of another program: name another one for the library."
        )
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def _upgrade(connection: Connection, name: str) -> None:
    # alembic is slow to import and needed only when a library is made or changed.
    from alembic import command

    config = _config()
    current = _revision(connection, name)
    if current is not None:
        require_known(current, name)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def require_known(revision: str, name: str) -> None:
    """Raise LibraryUnavailable for the file of a newer readonce."""
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise LibraryUnavailable(
            f"The library {name} was made by a newer readonce (its tables are at {revision}, this"
            f" program knows {REVISION}): upgrade readonce to use it."
        )


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    scripts = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", scripts.replace("%", "%%"))
    return config
