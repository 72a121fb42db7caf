"""The connection to SQLite: how it is opened and what a transaction is."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import ConnectionPoolEntry

from storage.database.rewriting import rewrite_small
from storage.errors import LibraryDamaged, LibraryUnavailable
from storage.faults import is_busy, not_a_library, not_writable, translated
from storage.fulltext import pieces

PATIENCE = 30.0
"""Seconds that a statement waits for another connection's lock."""

_BRIEF = 1000  # milliseconds
_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class SqliteDatabase:
    """A file and the connections to it."""

    engine: Engine
    path: Path
    small: int = 256 * 1024 * 1024
    """Bytes up to which a file is written anew after a delete: about a second's work."""

    @property
    def name(self) -> str:
        """What messages call the library."""
        return str(self.path)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that sees one moment of the library and waits for no writer."""
        with translated(self.path), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that holds the write lock from its first statement."""
        with translated(self.path), self.engine.connect() as connection:
            writer = connection.execution_options(writing=True)
            with writer.begin():
                yield writer

    def queueing(self) -> AbstractContextManager[Connection]:
        """The same as writing: SQLite has one lock for all that is written."""
        return self.writing()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A write transaction without foreign keys, which are checked before it ends.

        A migration that rebuilds a table drops the old one, and with foreign keys on that would
        delete every row that refers to it.
        """
        with translated(self.path), self.engine.connect() as connection:
            connection.detach()  # the pragma ends with this connection
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
            writer = connection.execution_options(writing=True)
            with writer.begin():
                yield writer
                self._require_no_orphans(writer)

    def _require_no_orphans(self, connection: Connection) -> None:
        if connection.execute(text("PRAGMA foreign_key_check")).first() is not None:
            raise LibraryDamaged(
                f"The library {self.path} has rows without their document and was left as it is:"
                " restore it from a copy, or move the file away and add your documents again."
            )

    def tidy(self) -> None:
        """Give free pages back to the disk and leave no trace of what they held."""
        with translated(self.path), closing(self.engine.raw_connection()) as connection:
            bare = cast(sqlite3.Connection, connection.driver_connection)
            if self.path.stat().st_size <= self.small and _vacuum(bare):
                _mark_compact(bare)
            else:
                rewrite_small(bare)
                # A script, because execute() takes only the first step: one page.
                bare.executescript("PRAGMA incremental_vacuum")
            _empty_log(bare)

    def compact(self) -> None:
        """Write the whole file anew."""
        with translated(self.path), closing(self.engine.raw_connection()) as connection:
            bare = cast(sqlite3.Connection, connection.driver_connection)
            bare.execute("VACUUM")
            _mark_compact(bare)
            _empty_log(bare)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    def holds_fragments(self) -> bool:
        """Whether something was deleted since the file was last written anew."""
        with self.reading() as connection:
            return bool(connection.exec_driver_sql("PRAGMA user_version").scalar())

    def close(self) -> None:
        """Close every connection; the last one to a file leaves no log beside it."""
        self.engine.dispose()


def connect(url: URL) -> SqliteDatabase:
    """Prepare the connections to the file that url names; its folder is made where missing.

    Raises LibraryUnavailable and LibraryDamaged with what stands in the way.
    """
    path = _file_of(url)
    _check_place(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": PATIENCE},
        max_overflow=-1,  # a thread never waits for another's connection, only for the lock
        hide_parameters=True,
        json_deserializer=_from_json,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return SqliteDatabase(engine, path)


def _from_json(written: str) -> object:
    # Most lists of pages without text are empty, and a list of documents reads one for each.
    found: object = [] if written == "[]" else json.loads(written)
    return found


def _file_of(url: URL) -> Path:
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        raise LibraryUnavailable(
            f"A library cannot live in {url.get_backend_name()}: name an SQLite file, like"
            " sqlite:////home/me/library.db, or a database of PostgreSQL, like"
            " postgresql://me@host/database."
        )
    return Path(str(url.database)).absolute()


def _check_place(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise LibraryDamaged(f"{path} is a folder: name a file inside it for the library.")
        _require_ours(path)
    except PermissionError as error:
        raise not_writable(path) from error
    except OSError as error:
        raise LibraryUnavailable(
            f"The library cannot be at {path}: {error.strerror}. Name another place for it."
        ) from error


def _require_ours(path: Path) -> None:
    # SQLite opens what may not be written all the same and fails later, at a place that explains
    # nothing; and it takes a file of a few bytes for a new database and overwrites it.
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise not_writable(path)
    if path.exists() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise not_a_library(path)


def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    try:
        _set_up(connection)
    except sqlite3.Error:
        connection.close()  # the pool would leave it to the garbage collector
        raise


def _set_up(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin
    # It counts only in a file that is still empty, and waits for a writer in any other.
    if connection.execute("PRAGMA page_count").fetchone() == (0,):
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA trusted_schema = ON")  # views of the index call the next line's
    connection.create_function(pieces.IN_SQL, 1, pieces.indexed, deterministic=True)


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # The switch needs the file for itself and does not wait by SQLite's own timeout, so two
    # processes that make a library at the same moment would trip each other up.
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _vacuum(connection: sqlite3.Connection) -> bool:
    # It needs as much room again as the file, and deleting must work on a full disk.
    try:
        connection.execute("VACUUM")
    except sqlite3.OperationalError:
        return False
    return True


def _mark_compact(connection: sqlite3.Connection) -> None:
    """Note that nothing deleted is left; the opposite is noted where passages are deleted."""
    connection.execute("PRAGMA user_version = 0")


def _empty_log(connection: sqlite3.Connection) -> None:
    # Waits for readers of older moments, but not long: see Library.delete.
    connection.execute(f"PRAGMA busy_timeout = {_BRIEF}")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(PATIENCE * 1000)}")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and asks for the write lock later can be refused at once,
    # whatever the timeout; asked for at the beginning, the lock is waited for.
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
