"""Care that only SQLite's own means can give: its checks, its index, what is left of a file."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from storage.damage import Damage
from storage.database.sqlite import SqliteDatabase
from storage.errors import LibraryDamaged
from storage.fulltext import sqlite as index
from storage.schema import metadata

_TOLD = 3
"""Complaints of SQLite that are passed on: the rest are of the same damage."""


def file_damage(connection: Connection) -> list[Damage]:
    """What SQLite finds wrong with the pages of its file, its indexes and its constraints."""
    try:
        found = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
    except DBAPIError as error:
        found = [str(error.orig)]
    return [Damage("file", " ".join(str(each).split())) for each in found if each != "ok"][:_TOLD]


def index_damage(connection: Connection) -> list[Damage]:
    """Whether the full-text index holds the words of the passages; needs a writing transaction."""
    try:
        sound = index.sound(connection)
    except DBAPIError:
        sound = False
    return [] if sound else [Damage("index", "the full-text index")]


def rebuild_index(connection: Connection) -> None:
    """Make the full-text index anew from the passages."""
    index.rebuild(connection)


def salvage(database: SqliteDatabase, fresh: SqliteDatabase) -> Path:
    """Move every row that can still be read into a sound file, and that into the library's place.

    fresh is an empty library beside it. The damaged file stays, under the path that is returned;
    the library itself changes in one transaction, and other programs may have it open.
    """
    kept = _free_name(database.path)
    with _bare(database) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        shutil.copyfile(database.path, kept)
    with _bare(fresh) as new:
        new.execute("PRAGMA foreign_keys = OFF")
        new.execute("ATTACH ? AS damaged", (str(kept),))
        for table in metadata.sorted_tables:
            _move_rows(new, table)
        new.execute("DETACH damaged")
        with _bare(database) as old:
            new.backup(old)
    return kept


def back_up(database: SqliteDatabase, path: Path) -> None:
    """Copy one moment of the library into a new file, while others read and write.

    SQLite's VACUUM INTO: one reading transaction, so that a writer never makes it begin anew, as
    the online backup interface does, and the copy has no gaps with deleted text in them.
    """
    with _bare(database) as connection:
        connection.execute("VACUUM INTO ?", (str(path),))


def require_whole(path: Path) -> str:
    """The revision of a library's file; LibraryDamaged unless every page of it is sound."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchall()
        if found != [("ok",)]:
            raise LibraryDamaged(f"{path} is not a sound library: take another backup.")
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)


def restore(database: SqliteDatabase, backup: Path) -> None:
    """Put a backup in the place of the whole library, in one transaction of its file."""
    address = f"{backup.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as source, _bare(database) as target:
        source.backup(target)


def _move_rows(new: sqlite3.Connection, table: Table) -> None:
    columns = ", ".join(f'"{column.name}"' for column in table.c)
    copy = (
        f'INSERT OR IGNORE INTO main."{table.name}" (rowid, {columns})'
        f' SELECT rowid, {columns} FROM damaged."{table.name}" WHERE rowid = ?'
    )
    if any(column.primary_key and column.type.python_type is int for column in table.c):
        copy = copy.replace("(rowid, ", "(").replace("SELECT rowid, ", "SELECT ")
    for row in sorted(_rows_of(new, table)):
        try:
            new.execute(copy, (row,))
        except sqlite3.Error:
            continue  # this row is lost: verify names what it was


def _rows_of(new: sqlite3.Connection, table: Table) -> set[int]:
    """The numbers of a table's rows, found from both ends and through each of its indexes."""
    name = f'damaged."{table.name}"'
    found: set[int] = set()
    ways = [f"{name} NOT INDEXED ORDER BY rowid", f"{name} NOT INDEXED ORDER BY rowid DESC"]
    ways += [f'{name} INDEXED BY "{index}"' for index in _indexes(new, table.name)]
    for way in ways:
        found.update(_numbers(new, f"SELECT rowid FROM {way}"))
    return found


def _indexes(new: sqlite3.Connection, table: str) -> list[str]:
    try:
        return [row[1] for row in new.execute(f'PRAGMA damaged.index_list("{table}")')]
    except sqlite3.Error:
        return []


def _numbers(new: sqlite3.Connection, query: str) -> Iterator[int]:
    """Row numbers until the first damaged page."""
    try:
        for (number,) in new.execute(query):
            yield number
    except sqlite3.Error:
        return


@contextmanager
def _bare(database: SqliteDatabase) -> Iterator[sqlite3.Connection]:
    """A connection of sqlite3's own."""
    with closing(database.engine.raw_connection()) as connection:
        yield cast(sqlite3.Connection, connection.driver_connection)


def _free_name(path: Path) -> Path:
    number = 1
    while (kept := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return kept
