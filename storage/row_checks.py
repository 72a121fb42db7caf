"""Looking through the rows that are of no document or should not be: nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select
from sqlalchemy.exc import DBAPIError

from storage import seals
from storage.checksums import checksum
from storage.damage import Damage, guarded
from storage.schema import document, metadata, original, upload, worker


def of_library(connection: Connection) -> Iterator[Damage]:
    """Rows that belong to no document, damaged seals, uploads and workers."""
    _, damaged = seals.all_sound(connection)
    for number in damaged:
        row = connection.execute(
            select(document.c.id, document.c.title).where(document.c.number == number)
        ).one_or_none()
        if row is None:
            yield Damage("seal", f"the seal {number}")
    yield from guarded(lambda: _orphans(connection), Damage("orphan", "rows"))
    yield from guarded(lambda: _uploads(connection), Damage("upload", "the files that wait"))
    yield from guarded(lambda: worker_damage(connection), Damage("worker", "a worker's mark"))


def _orphans(connection: Connection) -> Iterator[Damage]:
    for table in metadata.sorted_tables:
        for condition in orphaned(table):
            count = connection.scalar(select(func.count()).select_from(table).where(condition))
            if count:
                yield Damage("orphan", f"{count} of {table.name}")


def orphaned(table: Table) -> Iterator[Any]:
    """Conditions on a table's rows that are true of those which lead nowhere."""
    for key in table.foreign_keys:
        target = key.column
        if target is original.c.content_hash:
            continue  # a document without its original is not nothing, and is named by its title
        yield key.parent.is_not(None) & key.parent.not_in(select(target))
    if table is original:
        yield original.c.content_hash.not_in(select(document.c.content_hash))


def _uploads(connection: Connection) -> Iterator[Damage]:
    for _, name in damaged_uploads(connection):
        yield Damage("upload", f"the file {name}")


def damaged_uploads(connection: Connection) -> Iterator[tuple[int, str]]:
    """The number and the file name of each file that waits and is not what was handed in."""
    for number in connection.scalars(select(upload.c.number).order_by(upload.c.number)).all():
        try:
            row = connection.execute(select(upload).where(upload.c.number == number)).one()
            if not _upload_fits(row):
                yield number, row.file_name
        except (DBAPIError, ValueError, TypeError):
            yield number, str(number)


def _upload_fits(row: Row[Any]) -> bool:
    if row.status in ("waiting", "reading"):
        whole = row.content is not None and checksum(row.content) == row.content_hash
        return whole and row.document_id is None
    return row.status in ("done", "failed") and row.content is None


def worker_damage(connection: Connection) -> Iterator[Damage]:
    """Marks of workers that cannot be understood."""
    for row in connection.execute(select(worker)):
        if not row.name:
            yield Damage("worker", "a worker's mark")
