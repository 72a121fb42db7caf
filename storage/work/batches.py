"""What one command handed in together, and how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select

from storage.errors import AmbiguousName, NotFound
from storage.ids import new_id
from storage.schema import batch, job
from storage.work import BatchRecord, JobKind, JobStatus

_SHORTEST = 4


def open_batch(
    connection: Connection, owner: str, kind: JobKind, mark: str, out: str, task: str, now: datetime
) -> BatchRecord:
    """The owner's batch with this mark, made where there is none."""
    found = by_mark(connection, owner, mark)
    if found is not None:
        return found
    values = {"owner": owner, "kind": kind, "mark": mark, "out": out, "task": task}
    connection.execute(insert(batch).values(id=new_id(), created_at=now, **values))
    made = by_mark(connection, owner, mark)
    assert made is not None, "it was just made"
    return made


def by_mark(connection: Connection, owner: str, mark: str) -> BatchRecord | None:
    """The owner's batch with this mark."""
    rows = connection.execute(_select().where(batch.c.owner == owner, batch.c.mark == mark))
    return next(map(_record, rows), None)


def of_owner(connection: Connection, owner: str) -> tuple[BatchRecord, ...]:
    """The owner's batches, newest first."""
    rows = connection.execute(
        _select().where(batch.c.owner == owner).order_by(batch.c.number.desc())
    )
    return tuple(map(_record, rows))


def find(connection: Connection, owner: str, key: str) -> BatchRecord:
    """The owner's batch with this id or this unique beginning of one."""
    found = [each for each in of_owner(connection, owner) if each.id.startswith(key)]
    if not found or len(key) < _SHORTEST:
        raise NotFound(f"There is no batch {key}: `readonce jobs list` shows all.")
    if len(found) > 1:
        raise AmbiguousName(f"Several batches begin with {key}: type more of the id.")
    return found[0]


def counts(connection: Connection, batch_id: str) -> dict[JobStatus, int]:
    """How many jobs of a batch there are in each status."""
    counted = select(job.c.status, func.count()).where(job.c.batch_id == batch_id)
    return dict(map(tuple, connection.execute(counted.group_by(job.c.status))))


def task_of(connection: Connection, batch_id: str) -> str:
    """What is to be done with each document of the batch."""
    return str(connection.scalar(select(batch.c.task).where(batch.c.id == batch_id)))


def _select() -> Select[Any]:
    return select(*[batch.c[name] for name in BatchRecord.__slots__])


def _record(row: Row[Any]) -> BatchRecord:
    return BatchRecord(**row._mapping)
