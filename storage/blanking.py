"""Emptying words in place before their rows are deleted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, LargeBinary, Table, Text, cast, func, update


def note_fragments(connection: Connection) -> None:
    """Note in the file itself that a deleted row may have left a piece, until it is written anew.

    SQLite copies rows to neighbouring pages to balance the tree of a table. What it copied stays in
    the part of a page that is not used, and no row names it.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA user_version = 1")  # within the transaction


def blank(
    connection: Connection, table: Table, names: Sequence[str], rows: ColumnElement[bool]
) -> None:
    """Put zeros in the place of the words of these rows, so that deleting them leaves no trace."""
    if connection.dialect.name != "sqlite":
        return  # the rows of other databases stay until their own VACUUM: see docs/postgresql.md
    # secure_delete overwrites the rows that are deleted, but not the copies that a page keeps of
    # rows which SQLite moves to a neighbour while it deletes (1 delete in 80 left such a trace).
    # So the rows are emptied in place first: a value of the same size takes the old one's place.
    blanks = {
        name: cast(func.zeroblob(func.length(cast(table.c[name], LargeBinary))), Text)
        for name in names
    }
    connection.execute(update(table).where(rows).values(blanks))
