"""The marks of life of the processes that work."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, exists, or_, select, text

from storage.schema import Moment, job, worker
from storage.work import WorkerRecord

_FORGOTTEN = timedelta(hours=1)


def beat(connection: Connection, name: str, now: datetime) -> None:
    """Note that the worker is alive."""
    heard = text(
        "INSERT INTO worker (name, last_beat, beats) VALUES (:name, :now, 1)"
        " ON CONFLICT (name) DO UPDATE SET last_beat = excluded.last_beat, beats = worker.beats + 1"
    ).bindparams(bindparam("now", type_=Moment))
    connection.execute(heard, {"name": name, "now": now})


def known(connection: Connection) -> tuple[WorkerRecord, ...]:
    """Every worker whose mark is kept, those too that are dead."""
    columns = [worker.c[name] for name in WorkerRecord.__slots__]
    rows = connection.execute(select(*columns).order_by(worker.c.name))
    return tuple(WorkerRecord(**row._mapping) for row in rows)


def any_alive(connection: Connection, within: float, now: datetime) -> bool:
    """Whether any worker was heard within so many seconds, before or after now.

    A mark from long after now was made before the clock was set back.
    """
    patience = timedelta(seconds=within)
    heard = worker.c.last_beat.between(now - patience, now + patience)
    return bool(connection.scalar(select(exists().where(heard))))


def clear(connection: Connection, now: datetime) -> None:
    """Drop the marks of workers long silent, but for those that still hold a job."""
    long_ago = or_(worker.c.last_beat < now - _FORGOTTEN, worker.c.last_beat > now + _FORGOTTEN)
    holds = exists().where(job.c.worker == worker.c.name, job.c.status == "running")
    connection.execute(delete(worker).where(long_ago, ~holds))


def forget(connection: Connection, name: str) -> None:
    """Drop the mark of a worker that ends; what it holds is free from then on."""
    connection.execute(delete(worker).where(worker.c.name == name))
