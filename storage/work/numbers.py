"""Sums over a library's work, for whoever watches over it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from storage.schema import document, job, worker
from storage.work import Numbers


def numbers(connection: Connection, within: float, now: datetime) -> Numbers:
    """How the work of all owners stands."""
    patience = timedelta(seconds=within)
    counted = select(job.c.kind, job.c.status, func.count()).group_by(job.c.kind, job.c.status)
    heard = worker.c.last_beat.between(now - patience, now + patience)
    oldest = connection.scalar(select(func.min(job.c.created_at)).where(job.c.status == "waiting"))
    sums = select(
        func.count(),
        func.coalesce(func.sum(document.c.tokens_read), 0),
        func.coalesce(func.sum(document.c.read_seconds), 0.0),
    )
    documents, tokens, seconds = connection.execute(sums.select_from(document)).one()
    tries = select(func.coalesce(func.max(job.c.tries), 0)).where(job.c.status == "running")
    return Numbers(
        {(kind, status): count for kind, status, count in connection.execute(counted)},
        connection.scalar(select(func.count()).select_from(worker).where(heard)) or 0,
        0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()),
        connection.scalar(tries) or 0,
        documents,
        int(tokens),
        float(seconds),
    )
