"""Taking documents away, inside one transaction: rows, words of the index, unused originals."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Table,
    Text,
    cast,
    delete,
    exists,
    func,
    select,
    update,
)

from storage import fulltext
from storage.schema import document, layout, original, passage, seal, upload
from storage.shelf import unknown


def remove(connection: Connection, owner: str, document_id: str) -> None:
    """Remove a document, its new versions, all that hangs on them, and unused originals."""
    mine = (document.c.id == document_id, document.c.owner == owner)
    content_hash = connection.scalar(select(document.c.content_hash).where(*mine))
    if content_hash is None:
        raise unknown(document_id)
    newer = select(document.c.id).where(document.c.replaces == document_id)
    for version in connection.scalars(newer).all():
        remove(connection, owner, version)
    clear_text(connection, document_id)
    _blank_names(connection, document_id)
    connection.execute(delete(document).where(*mine))
    drop_unused_original(connection, content_hash)


def clear_text(connection: Connection, document_id: str) -> None:
    """Take a document's words out of the index and its text out of its passages."""
    fulltext.remove(connection, document_id)
    _blank_passages(connection, document_id)


def drop_unused_original(connection: Connection, content_hash: str) -> None:
    """Remove the bytes with this hash unless a document is made from them."""
    still_used = exists().where(document.c.content_hash == content_hash)
    connection.execute(delete(original).where(original.c.content_hash == content_hash, ~still_used))


def _blank_passages(connection: Connection, document_id: str) -> None:
    _blank(connection, passage, ("text", "section"), passage.c.document_id == document_id)


def _blank_names(connection: Connection, document_id: str) -> None:
    """The same for a document's titles and names."""
    numbered = select(document.c.number).where(document.c.id == document_id).scalar_subquery()
    _blank(connection, seal, ("facts",), seal.c.number == numbered)
    _blank(connection, layout, ("outline",), layout.c.document_id == document_id)
    _blank(connection, upload, ("file_name", "message"), upload.c.document_id == document_id)
    titles = ("title", "title_folded", "file_name")
    _blank(connection, document, titles, document.c.id == document_id)


def _blank(
    connection: Connection, table: Table, names: Sequence[str], rows: ColumnElement[bool]
) -> None:
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
