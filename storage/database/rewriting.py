"""Small tables written anew after a delete: their pages then hold the rows there are, no more.

secure_delete overwrites a row that is deleted where it lies. But when SQLite moves a row to a
neighbouring page to balance the tree of a table, the old page keeps its bytes in the part that it
does not use, and nothing overwrites those when the row is deleted later. A table that is emptied
at once gives all its pages back, each overwritten; then its rows are put in again.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import JSON, LargeBinary, Table

from storage.schema import Words, metadata, original, passage

_MOST_BYTES = 64 * 1024 * 1024
"""Bytes in a table's blobs above which it is left: half a second's work."""


def rewrite_small(connection: sqlite3.Connection) -> None:
    """Write every small table of names, titles and places anew, in one transaction.

    Not those of passages and originals, which are as large as the library: what is deleted there
    was emptied first (storage/blanking.py), and now and then a fragment stays all the same.
    """
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA foreign_keys = OFF")  # a row that comes back has not been away
    try:
        connection.execute("BEGIN IMMEDIATE")
        for table in _small_tables(connection):
            _rewrite(connection, table)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _small_tables(connection: sqlite3.Connection) -> list[Table]:
    with_words = (table for table in metadata.sorted_tables if _holds_words(table))
    return [table for table in with_words if _blob_bytes(connection, table) <= _MOST_BYTES]


def _holds_words(table: Table) -> bool:
    if table in (passage, original):
        return False
    return any(isinstance(column.type, Words | JSON) for column in table.c)


def _blob_bytes(connection: sqlite3.Connection, table: Table) -> int:
    blobs = [column.name for column in table.c if isinstance(column.type, LargeBinary)]
    lengths = " + ".join(["0", *(f'coalesce(length("{name}"), 0)' for name in blobs)])
    (total,) = connection.execute(
        f'SELECT coalesce(sum({lengths}), 0) FROM "{table.name}"'
    ).fetchone()
    return int(total)


def _rewrite(connection: sqlite3.Connection, table: Table) -> None:
    columns = ", ".join(f'"{column.name}"' for column in table.c)
    if not _has_number(table):
        columns = f"rowid, {columns}"
    kept, name = f'temp."kept_{table.name}"', f'main."{table.name}"'
    connection.execute(f"CREATE TEMP TABLE {kept[5:]} AS SELECT {columns} FROM {name}")
    connection.execute(f"DELETE FROM {name}")
    connection.execute(f"INSERT INTO {name} ({columns}) SELECT * FROM {kept} ORDER BY 1")
    connection.execute(f"DROP TABLE {kept}")


def _has_number(table: Table) -> bool:
    """Whether the first column is the number of the row itself."""
    return any(column.primary_key and column.type.python_type is int for column in table.c)
