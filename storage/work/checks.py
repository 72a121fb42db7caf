"""Looking through the work that waits, and the marks of workers, for damage; and mending it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Result, Row, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from storage.checksums import checksum
from storage.schema import job, receipt, worker
from storage.work import receipts

_UNREADABLE = (DBAPIError, TypeError, ValueError)
_NO_JOB = receipt.c.id.not_in(select(job.c.id))
_LOST: dict[str, Any] = {
    "status": "failed",
    "message": "What was kept of this work was damaged on the disk: hand the file in again.",
    "fault": "Damaged",
    "result": None,
    "result_hash": None,
    "content": None,
    "document_id": None,
}


def damaged(connection: Connection) -> Iterator[str]:
    """Each job that is lost, or is not what was handed in or found, in words."""
    for _, name in _unfit(connection):
        yield f"the work on {name}"
    for row in connection.execute(select(receipt).where(_NO_JOB)):
        yield f"the work on {row.file_name}, which is gone"
    for row in _without_receipt(connection):
        yield f"the receipt for the work on {row.file_name}"


def mend(connection: Connection, now: datetime) -> None:
    """Have jobs that cannot be done any more failed, and those said so that are gone."""
    _mend_jobs(connection, now)
    try:
        unreadable = list(damaged_marks(connection))
    except _UNREADABLE:
        unreadable = ["all"]
    if unreadable:
        connection.execute(delete(worker))  # a living one writes its mark again


def damaged_marks(connection: Connection) -> Iterator[str]:
    """Marks of workers that cannot be understood, in words."""
    for row in connection.execute(select(worker)):
        if not row.name:
            yield "a worker's mark"


def _unfit(connection: Connection) -> Iterator[tuple[int, str]]:
    """The number and the file name of each job that holds other bytes than it should."""
    for number in connection.scalars(select(job.c.number).order_by(job.c.number)).all():
        try:
            row = connection.execute(select(job).where(job.c.number == number)).one()
            if not _fits(row):
                yield number, row.file_name
        except _UNREADABLE:
            yield number, str(number)


def _fits(row: Row[Any]) -> bool:
    if row.content is not None and checksum(row.content) != row.content_hash:
        return False
    found = None if row.result is None else checksum(row.result.encode())
    if found != row.result_hash:
        return False
    if row.status in ("waiting", "running", "stopped"):
        return (row.content is None) == (row.document_id is not None)
    return row.status == "failed" or (row.status == "done" and row.content is None)


def _without_receipt(connection: Connection) -> list[Row[Any]]:
    """The jobs of which no sound receipt says what they say."""
    known = {
        row.id: (row.owner, row.file_name)
        for row in connection.execute(select(receipt))
        if receipts.is_sound(row)
    }
    jobs: Result[Any] = connection.execute(select(job.c.id, job.c.owner, job.c.file_name))
    return [each for each in jobs if known.get(each.id) != (each.owner, each.file_name)]


def _mend_jobs(connection: Connection, now: datetime) -> None:
    for number, name in list(_unfit(connection)):
        values = {**_LOST, "file_name": name, "created_at": now}
        connection.execute(update(job).where(job.c.number == number).values(values))
    for row in connection.execute(select(receipt)).all():
        if not receipts.is_sound(row):
            receipts.drop(connection, [row.id])
    facts = [receipt.c[name] for name in receipts.FACTS]
    for each in _without_receipt(connection):
        told = connection.execute(select(*facts).where(receipt.c.id == each.id)).first()
        if told is None:
            receipts.keep(connection, each.id, each.owner, each.file_name)
        else:
            its_own = job.c.id == each.id
            connection.execute(update(job).where(its_own).values(dict(told._mapping)))
    for gone in connection.execute(select(receipt).where(_NO_JOB)).all():
        told_by_it = {name: gone._mapping[name] for name in ("id", *receipts.FACTS)}
        connection.execute(insert(job).values(created_at=now, **_LOST, **told_by_it))
