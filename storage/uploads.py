"""Files handed in on the web page, and the workers that read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, or_, select, update

from storage import documents
from storage.checksums import checksum
from storage.errors import NotFound
from storage.records import UploadRecord
from storage.schema import upload, worker


def enqueue(
    connection: Connection, owner: str, file_name: str, content: bytes, now: datetime
) -> UploadRecord:
    """Keep a file until a worker has read it."""
    upload_id = documents.new_id()
    connection.execute(
        insert(upload).values(
            id=upload_id,
            owner=owner,
            file_name=file_name,
            status="waiting",
            created_at=now,
            content=content,
            content_hash=checksum(content),
        )
    )
    return _record(_row(connection, upload_id))


def claim(
    connection: Connection, name: str, silent_after: float, now: datetime
) -> tuple[UploadRecord, bytes] | None:
    """Give the oldest upload that nobody is working on to this worker."""
    beat(connection, name, now)
    heard_since = now - timedelta(seconds=silent_after)
    somebody_else = exists().where(
        worker.c.name == upload.c.worker,
        worker.c.name != name,
        worker.c.last_beat >= heard_since,
    )
    free = or_(upload.c.status == "waiting", (upload.c.status == "reading") & ~somebody_else)
    row = connection.execute(
        select(upload.c.id, upload.c.content).where(free).order_by(upload.c.number).limit(1)
    ).one_or_none()
    if row is None:
        return None
    connection.execute(
        update(upload).where(upload.c.id == row.id).values(status="reading", worker=name)
    )
    return _record(_row(connection, row.id)), row.content


def beat(connection: Connection, name: str, now: datetime) -> None:
    """Note that the worker is alive."""
    known = connection.execute(
        update(worker).where(worker.c.name == name).values(last_beat=now)
    ).rowcount
    if not known:
        connection.execute(insert(worker).values(name=name, last_beat=now))


def workers_alive(connection: Connection, within: float, now: datetime) -> bool:
    """Whether any worker was heard within so many seconds."""
    heard = worker.c.last_beat >= now - timedelta(seconds=within)
    return bool(connection.scalar(select(exists().where(heard))))


def finish(connection: Connection, upload_id: str, document_id: str) -> None:
    """The file became this document: its bytes are no longer kept here."""
    _row(connection, upload_id)
    documents.require(connection, document_id)
    connection.execute(
        update(upload)
        .where(upload.c.id == upload_id)
        .values(status="done", message="", document_id=document_id, content=None)
    )


def fail(connection: Connection, upload_id: str, message: str) -> None:
    """The file could not be read, for the reason in message; one that is done stays done."""
    if _row(connection, upload_id).status == "done":
        return
    connection.execute(
        update(upload)
        .where(upload.c.id == upload_id)
        .values(status="failed", message=message, content=None)
    )


def of_owner(connection: Connection, owner: str) -> tuple[UploadRecord, ...]:
    """The owner's uploads, newest first."""
    rows = connection.execute(
        select(*_columns()).where(upload.c.owner == owner).order_by(upload.c.number.desc())
    )
    return tuple(map(_record, rows))


def _row(connection: Connection, upload_id: str) -> Row[Any]:
    row = connection.execute(select(*_columns()).where(upload.c.id == upload_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no upload {upload_id} (any more): hand the file in again.")
    return row


def _columns() -> list[Any]:
    return [upload.c[name] for name in UploadRecord.__slots__]


def _record(row: Row[Any]) -> UploadRecord:
    return UploadRecord(**row._mapping)
