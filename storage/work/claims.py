"""Whose turn it is: the next job goes to one worker, and what is long out of use is cleared."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, func, or_, select, update

from storage.schema import batch, job, worker
from storage.work import JobRecord, jobs, receipts, workers

_DONE_FORGOTTEN = timedelta(days=1)
_FAILED_FORGOTTEN = timedelta(days=30)
_OVER = ("done", "failed")


def claim(
    connection: Connection, name: str, gone: Collection[str], now: datetime
) -> tuple[JobRecord, bytes] | None:
    """Give this worker the next job that nobody is working on; gone are workers held to be dead."""
    _clear(connection, now)  # first, or two that slept could each wait for the other's row
    workers.beat(connection, name, now)
    living = select(worker.c.name).where(worker.c.name.not_in([name, *gone]))
    left = (job.c.status == "running") & or_(job.c.worker.is_(None), job.c.worker.not_in(living))
    free = or_(job.c.status == "waiting", left)
    for owner, priority in _turns(connection, free):
        its_own = (free, job.c.owner == owner, job.c.priority == priority)
        while (candidate := _lock_oldest(connection, *its_own)) is not None:
            # What was free when it was looked for may have been taken before it was locked.
            if _take(connection, candidate, name, free):
                content = select(job.c.content).where(job.c.id == candidate)
                return jobs.row_of(connection, candidate), connection.scalar(content) or b""
    return None


def _turns(connection: Connection, free: ColumnElement[bool]) -> Iterator[tuple[str, int]]:
    """Whose turn it is: by priority, then who has least at work, then who waits longest."""
    groups = select(job.c.priority, job.c.owner).where(free).group_by(job.c.priority, job.c.owner)
    waiting = list(connection.execute(groups))
    if len(waiting) > 1:
        taken = select(job.c.owner, func.max(job.c.taken)).group_by(job.c.owner)
        served = dict(map(tuple, connection.execute(taken)))
        running = select(job.c.owner, func.count()).where(job.c.status == "running")
        busy = dict(map(tuple, connection.execute(running.group_by(job.c.owner))))
        waiting.sort(key=lambda each: (each[0], busy.get(each[1], 0), served[each[1]], each[1]))
    yield from ((owner, priority) for priority, owner in waiting)


def _lock_oldest(connection: Connection, *conditions: ColumnElement[bool]) -> str | None:
    """The oldest job of these that no other claim is looking at."""
    return connection.scalar(
        select(job.c.id)
        .where(*conditions)
        .order_by(job.c.number)
        .limit(1)
        .with_for_update(skip_locked=True, of=job)
    )


def _take(connection: Connection, job_id: str, name: str, free: ColumnElement[bool]) -> bool:
    others = job.alias()
    order = select(func.coalesce(func.max(others.c.taken), 0) + 1).scalar_subquery()
    taken = connection.execute(
        update(job)
        .where(job.c.id == job_id, free)
        .values(
            status="running",
            worker=name,
            tries=job.c.tries + 1,
            fence=job.c.fence + 1,
            taken=order,
        )
    )
    return bool(taken.rowcount)


def _clear(connection: Connection, now: datetime) -> None:
    """Drop the rows of jobs that nobody looks at any more; those of a batch all together."""
    workers.clear(connection, now)
    for status, after in (("done", _DONE_FORGOTTEN), ("failed", _FAILED_FORGOTTEN)):
        old = (job.c.status == status, job.c.created_at < now - after, job.c.batch_id.is_(None))
        receipts.drop_jobs(connection, *old)
    _clear_batches(connection, now)


def _clear_batches(connection: Connection, now: datetime) -> None:
    at_work = exists().where(job.c.batch_id == batch.c.id, job.c.status.not_in(_OVER))
    old = select(batch.c.id).where(batch.c.created_at < now - _FAILED_FORGOTTEN, ~at_work)
    for batch_id in connection.scalars(old).all():
        receipts.drop_jobs(connection, job.c.batch_id == batch_id)
        connection.execute(delete(batch).where(batch.c.id == batch_id))
