"""Files handed in on the web page, and the workers that read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    text,
    update,
)

from storage import documents, shelf
from storage.checksums import checksum
from storage.errors import NotFound
from storage.records import UploadRecord
from storage.schema import Moment, upload, worker

_WORKERS_FORGOTTEN = timedelta(hours=1)
_DONE_FORGOTTEN = timedelta(days=1)
_FAILED_FORGOTTEN = timedelta(days=30)


def enqueue(
    connection: Connection,
    owner: str,
    file_name: str,
    content: bytes,
    keep_both: bool,
    now: datetime,
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
            keep_both=keep_both,
        )
    )
    return _record(_row(connection, upload_id))


def claim(
    connection: Connection, name: str, silent_after: float, now: datetime
) -> tuple[UploadRecord, bytes] | None:
    """Give the oldest upload that nobody is working on to this worker."""
    _clear(connection, now)  # first, or two that slept could each wait for the other's row
    beat(connection, name, now)
    heard_since = now - timedelta(seconds=silent_after)
    somebody_else = exists().where(
        worker.c.name == upload.c.worker,
        worker.c.name != name,
        worker.c.last_beat >= heard_since,
    )
    free = or_(upload.c.status == "waiting", (upload.c.status == "reading") & ~somebody_else)
    while (candidate := _lock_oldest(connection, free)) is not None:
        # What was free when it was looked for may have been taken before it was locked.
        taken = update(upload).where(upload.c.id == candidate, free)
        if connection.execute(taken.values(status="reading", worker=name)).rowcount:
            content = select(upload.c.content).where(upload.c.id == candidate)
            return _record(_row(connection, candidate)), connection.execute(content).scalar_one()
    return None


def _lock_oldest(connection: Connection, free: ColumnElement[bool]) -> str | None:
    """The oldest upload that is free and that no other claim is looking at."""
    return connection.scalar(
        select(upload.c.id)
        .where(free)
        .order_by(upload.c.number)
        .limit(1)
        .with_for_update(skip_locked=True, of=upload)
    )


def _clear(connection: Connection, now: datetime) -> None:
    """Drop the rows of workers long silent, and of uploads that nobody looks at any more."""
    connection.execute(delete(worker).where(worker.c.last_beat < now - _WORKERS_FORGOTTEN))
    for status, after in (("done", _DONE_FORGOTTEN), ("failed", _FAILED_FORGOTTEN)):
        old = (upload.c.status == status, upload.c.created_at < now - after)
        connection.execute(delete(upload).where(*old))


def is_held(connection: Connection, name: str, upload_id: str) -> bool:
    """Whether the upload is still this worker's to read."""
    held = (upload.c.id == upload_id, upload.c.worker == name, upload.c.status == "reading")
    return bool(connection.scalar(select(exists().where(*held))))


def stop(connection: Connection, owner: str, upload_id: str) -> None:
    """Let go of an upload that is not done; what was read of it is kept, and so are its bytes."""
    _turn(connection, owner, upload_id, ("waiting", "reading"), "stopped")


def resume(connection: Connection, owner: str, upload_id: str) -> None:
    """Let a stopped upload be read on."""
    _turn(connection, owner, upload_id, ("stopped",), "waiting")


def _turn(
    connection: Connection, owner: str, upload_id: str, before: tuple[str, ...], after: str
) -> None:
    if _row(connection, upload_id).owner != owner:
        raise _unknown(upload_id)
    connection.execute(
        update(upload)
        .where(upload.c.id == upload_id, upload.c.status.in_(before))
        .values(status=after, worker=None)
    )


def beat(connection: Connection, name: str, now: datetime) -> None:
    """Note that the worker is alive."""
    heard = text(
        "INSERT INTO worker (name, last_beat) VALUES (:name, :now)"
        " ON CONFLICT (name) DO UPDATE SET last_beat = excluded.last_beat"
    ).bindparams(bindparam("now", type_=Moment))
    connection.execute(heard, {"name": name, "now": now})


def workers_alive(connection: Connection, within: float, now: datetime) -> bool:
    """Whether any worker was heard within so many seconds."""
    heard = worker.c.last_beat >= now - timedelta(seconds=within)
    return bool(connection.scalar(select(exists().where(heard))))


def finish(connection: Connection, upload_id: str, document_id: str) -> None:
    """The file became this document: its bytes are no longer kept here."""
    _row(connection, upload_id)
    shelf.require(connection, document_id)
    connection.execute(
        update(upload)
        .where(upload.c.id == upload_id)
        .values(status="done", message="", document_id=document_id, content=None)
    )


def fail(connection: Connection, upload_id: str, message: str, name: str | None) -> None:
    """The file could not be read, for the reason in message; one that is done stays done.

    Where the name of a worker is given, an upload that is no longer that worker's stays as it is.
    """
    if _row(connection, upload_id).status == "done":
        return
    its_own = () if name is None else (upload.c.worker == name,)
    connection.execute(
        update(upload)
        .where(upload.c.id == upload_id, *its_own)
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
        raise _unknown(upload_id)
    return row


def _unknown(upload_id: str) -> NotFound:
    return NotFound(f"There is no upload {upload_id} (any more): hand the file in again.")


def _columns() -> list[Any]:
    return [upload.c[name] for name in UploadRecord.__slots__]


def _record(row: Row[Any]) -> UploadRecord:
    return UploadRecord(**row._mapping)
