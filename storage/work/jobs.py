"""Work that waits for a worker, and what became of it: files to read, and questions to batches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    exists,
    insert,
    or_,
    select,
    update,
)

from storage import listing
from storage.checksums import checksum
from storage.errors import NotFound
from storage.ids import new_id
from storage.schema import job
from storage.work import JobRecord, NewJob, receipts

_LAST_DONE = 20


def enqueue(connection: Connection, new: NewJob, now: datetime) -> JobRecord:
    """Keep a piece of work until a worker has done it."""
    job_id = new_id()
    # Not values(): what a statement was first made with stays in memory with it, the file too.
    connection.execute(insert(job), {"id": job_id, "created_at": now, **_values(new)})
    receipts.keep(connection, job_id, new.owner, new.file_name)
    return row_of(connection, job_id)


def hand_in_again(connection: Connection, job_id: str, new: NewJob, now: datetime) -> None:
    """Have a job of a batch done anew, with the file as it is now."""
    connection.execute(
        update(job)
        .where(job.c.id == job_id)
        .values(
            _values(new) | {"created_at": now, "worker": None, "result": None, "result_hash": None}
        )
    )
    receipts.keep(connection, job_id, new.owner, new.file_name)


def _values(new: NewJob) -> dict[str, Any]:
    return {
        "owner": new.owner,
        "kind": new.kind,
        "file_name": new.file_name,
        "content": new.content,
        "content_hash": None if new.content is None else checksum(new.content),
        "document_id": new.document_id,
        "keep_both": new.keep_both,
        "priority": new.priority,
        "batch_id": new.batch_id,
        "item": new.item,
        "mark": None if new.item is None else checksum(new.item.encode("utf-8", "replace")),
        "task": new.task,
        "status": "waiting",
        "message": "",
        "fault": "",
        "tries": 0,
    }


def is_held(connection: Connection, held: JobRecord) -> bool:
    """Whether the job is still as it was when its worker took it."""
    return bool(connection.scalar(select(exists().where(*_held(held)))))


def _held(held: JobRecord) -> tuple[ColumnElement[bool], ...]:
    return (
        job.c.id == held.id,
        job.c.status == "running",
        job.c.worker == held.worker,
        job.c.fence == held.fence,
    )


def somebody_waits(connection: Connection, before: int | None) -> bool:
    """Whether a job waits, or one whose priority is a lower number, so that it comes earlier."""
    waits = exists().where(job.c.status == "waiting")
    if before is not None:
        waits = waits.where(job.c.priority < before)
    return bool(connection.scalar(select(waits)))


def got_on(connection: Connection, held: JobRecord, result: str | None) -> None:
    """Something of the job was stored, or found: a death from now on is the first again."""
    if result is not None:
        found = {"result": result, "result_hash": checksum(result.encode()), "tries": 1}
        connection.execute(update(job).where(*_held(held)).values(found))
    elif held.tries > 1:
        connection.execute(update(job).where(*_held(held)).values(tries=1))


def give_back(connection: Connection, held: JobRecord) -> None:
    """Let somebody else go on with it; that it was taken does not count against it."""
    fewer = job.c.tries - 1
    freed = update(job).where(*_held(held))
    connection.execute(freed.values(status="waiting", worker=None, tries=fewer))


def finish(
    connection: Connection,
    job_id: str,
    document_id: str,
    result: str | None,
    held: JobRecord | None,
) -> bool:
    """The job is done, with this document and result: the file's bytes are no longer kept here.

    False where it is no longer its worker's, and stays as it is.
    """
    row_of(connection, job_id)
    listing.require(connection, document_id)
    done = connection.execute(
        update(job)
        .where(job.c.id == job_id, *(() if held is None else _held(held)))
        .values(
            status="done",
            message="",
            fault="",
            document_id=document_id,
            content=None,
            result=result,
            result_hash=None if result is None else checksum(result.encode()),
            tries=0,
        )
    )
    return done.rowcount > 0


def fail(
    connection: Connection,
    job_id: str,
    message: str,
    fault: str,
    held: JobRecord | None,
    keep: bool,
) -> None:
    """The job failed for the reason in message; one that is done stays done.

    Where what its worker holds is given, a job that is no longer that worker's stays as it is.
    keep: the file's bytes are kept, so that it can be tried again.
    """
    if row_of(connection, job_id).status == "done":
        return
    values: dict[str, Any] = {"status": "failed", "message": message, "fault": fault, "tries": 0}
    if not keep:
        values["content"] = None
    its_own = () if held is None else _held(held)
    connection.execute(update(job).where(job.c.id == job_id, *its_own).values(values))


def stop(connection: Connection, owner: str, job_id: str) -> None:
    """Let go of a job that is not done; what was done of it is kept, and so are its bytes."""
    _turn(connection, owner, job_id, job.c.status.in_(("waiting", "running")), "stopped")


def resume(connection: Connection, owner: str, job_id: str) -> bool:
    """Let a stopped job go on, and one that failed where its bytes were kept."""
    kept = or_(job.c.content.is_not(None), job.c.document_id.is_not(None))
    again = (job.c.status == "failed") & kept
    return _turn(connection, owner, job_id, or_(job.c.status == "stopped", again), "waiting")


def _turn(
    connection: Connection, owner: str, job_id: str, before: ColumnElement[bool], after: str
) -> bool:
    if row_of(connection, job_id).owner != owner:
        raise _unknown(job_id)
    turned = connection.execute(
        update(job)
        .where(job.c.id == job_id, before)
        .values(status=after, worker=None, tries=0, message="", fault="")
    )
    return bool(turned.rowcount)


def of_owner(connection: Connection, owner: str) -> tuple[JobRecord, ...]:
    """The owner's jobs, newest first, but for those of batches."""
    its_own = (job.c.owner == owner, job.c.batch_id.is_(None))
    return _found(connection, *its_own, newest_first=True)


def at_hand(connection: Connection, owner: str) -> tuple[JobRecord, ...]:
    """The owner's jobs that are not done, and the last few that are, newest first."""
    its_own = (job.c.owner == owner, job.c.batch_id.is_(None))
    last_done = (
        select(job.c.number)
        .where(*its_own, job.c.status == "done")
        .order_by(job.c.number.desc())
        .limit(_LAST_DONE)
    )
    wanted = or_(job.c.status != "done", job.c.number.in_(last_done))
    return _found(connection, *its_own, wanted, newest_first=True)


def of_batch(connection: Connection, batch_id: str) -> tuple[JobRecord, ...]:
    """The jobs of a batch, in the order in which they were handed in."""
    return _found(connection, job.c.batch_id == batch_id)


def _found(
    connection: Connection, *conditions: ColumnElement[bool], newest_first: bool = False
) -> tuple[JobRecord, ...]:
    order = job.c.number.desc() if newest_first else job.c.number
    rows = connection.execute(select(*_columns()).where(*conditions).order_by(order))
    return tuple(map(_record, rows))


def results_of(connection: Connection, job_ids: Sequence[str]) -> dict[str, str]:
    """What was found so far by those of these jobs that found something."""
    rows = connection.execute(select(job.c.id, job.c.result).where(job.c.id.in_(job_ids)))
    return {job_id: result for job_id, result in rows if result is not None}


def row_of(connection: Connection, job_id: str) -> JobRecord:
    """The job with this id; NotFound where there is none."""
    row = connection.execute(select(*_columns()).where(job.c.id == job_id)).one_or_none()
    if row is None:
        raise _unknown(job_id)
    return _record(row)


def _unknown(job_id: str) -> NotFound:
    return NotFound(f"There is no job {job_id} (any more): hand the file in again.")


def _columns() -> list[Any]:
    return [job.c[name] for name in JobRecord.__slots__]


def _record(row: Row[Any]) -> JobRecord:
    return JobRecord(**row._mapping)
