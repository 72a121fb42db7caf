"""Documents as the library lists them, inside one transaction: without their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, Select, Table, func, select

from storage import fulltext, lines
from storage.errors import NotFound, StateDamaged
from storage.readers import KEPT, readable_by
from storage.records import DocumentRecord, StoredParts
from storage.schema import (
    anchor,
    backdrop,
    checkpoint,
    document,
    embedding,
    salience,
    snapshot,
)

_FACTS = [field.name for field in fields(DocumentRecord) if field.name != "stored"]
_PARTS = (snapshot, checkpoint, anchor, embedding, salience, backdrop)  # as StoredParts has them


def by_id(connection: Connection, document_id: str) -> DocumentRecord:
    """The document, whoever owns it."""
    row = connection.execute(_documents(document.c.id == document_id)).one_or_none()
    if row is None:
        raise unknown(document_id)
    return _record(row)


def by_content(connection: Connection, owner: str, content_hash: str) -> DocumentRecord | None:
    """The owner's document with these bytes."""
    row = connection.execute(
        _documents(document.c.owner == owner, document.c.content_hash == content_hash)
    ).one_or_none()
    return None if row is None else _record(row)


def of_owner(
    connection: Connection, owner: str, *conditions: ColumnElement[bool]
) -> tuple[DocumentRecord, ...]:
    """The owner's documents, newest first, without those put away."""
    return matching(connection, document.c.owner == owner, KEPT, *conditions)


def of_reader(
    connection: Connection, reader: str, *conditions: ColumnElement[bool]
) -> tuple[DocumentRecord, ...]:
    """The documents that somebody may read, newest first, without those put away."""
    return matching(connection, readable_by(reader), KEPT, *conditions)


def matching(
    connection: Connection,
    *conditions: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]] = (),
    first: int = 0,
    limit: int | None = None,
) -> tuple[DocumentRecord, ...]:
    """Documents of any owner, put away or not, in the order given, then newest first."""
    newest = (document.c.added_at.desc(), document.c.number.desc())
    ordered = _documents(*conditions).order_by(*order, *newest)
    return tuple(map(_record, connection.execute(ordered.offset(first).limit(limit))))


def in_place(connection: Connection, owner: str) -> tuple[DocumentRecord, ...]:
    """The owner's documents without new versions that are not read yet, newest first."""
    return of_owner(connection, owner, document.c.replaces.is_(None))


def some_of(
    connection: Connection, owner: str, document_ids: Sequence[str]
) -> tuple[DocumentRecord, ...]:
    """Those of the documents that the owner may read, newest first."""
    return of_reader(connection, owner, document.c.id.in_(document_ids))


def row_of(connection: Connection, document_id: str) -> Row[Any]:
    """The row of a document as it is stored."""
    row = connection.execute(select(document).where(document.c.id == document_id)).one_or_none()
    if row is None:
        raise unknown(document_id)
    return row


def require(connection: Connection, document_id: str) -> None:
    """Raise NotFound where no document has this id."""
    if connection.scalar(select(document.c.id).where(document.c.id == document_id)) is None:
        raise unknown(document_id)


def unknown(document_id: str) -> NotFound:
    """The error for an id that no document has."""
    return NotFound(f"There is no document {document_id} (any more): `readonce list` shows yours.")


def damaged(connection: Connection, document_id: str) -> StateDamaged:
    """The error for what a reading left and is not what was written."""
    title = connection.scalar(select(document.c.title).where(document.c.id == document_id))
    return StateDamaged(
        f"What was kept of reading {title!r} ({document_id}) is damaged on the disk: run"
        " `readonce add` with its file to read it again."
    )


def _documents(*conditions: ColumnElement[bool]) -> Select[Any]:
    snapshots = select(func.count()).where(snapshot.c.document_id == document.c.id)
    counted = {"snapshots": snapshots.scalar_subquery().label("snapshots")}
    facts = (counted[name] if name in counted else document.c[name] for name in _FACTS)
    return select(*facts, document.c.text_bytes, *map(_bytes_in, _PARTS)).where(*conditions)


def _bytes_in(table: Table) -> ScalarSelect[int]:
    total = func.coalesce(func.sum(table.c.size), 0)
    return select(total).where(table.c.document_id == document.c.id).scalar_subquery()


def _record(row: Row[Any]) -> DocumentRecord:
    # By place and not by name: of 10,000 rows each look-up by name takes several milliseconds.
    facts: dict[str, Any] = dict(zip(_FACTS, row, strict=False))
    text_bytes, *parts = row[len(_FACTS) :]
    stored = StoredParts(text_bytes, round(text_bytes * fulltext.INDEX_SHARE), *parts)
    facts["pages_without_text"] = tuple(facts["pages_without_text"])
    facts["tags"], facts["readers"] = lines.split(facts["tags"]), lines.split(facts["readers"])
    return DocumentRecord(**facts, stored=stored)
