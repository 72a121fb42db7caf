"""Receipts: what tells that a job was handed in, should its own row be lost.

Each job has one, set and dropped in the transaction that stores and drops the job. Nothing refers
to it, so that one is left where the other is gone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from storage.blanking import blank
from storage.checksums import checksum
from storage.schema import job, receipt, storable

FACTS = ("owner", "file_name")
"""What a receipt repeats of its job."""

_AT_ONCE = 500  # parameters of a statement


def keep(connection: Connection, job_id: str, owner: str, file_name: str) -> None:
    """Give a job its receipt, in place of one that it had."""
    drop(connection, [job_id])
    values = {"id": job_id, "owner": owner, "file_name": file_name}
    connection.execute(insert(receipt).values(checksum=digest(values), **values))


def drop(connection: Connection, job_ids: Collection[str]) -> None:
    """Drop the receipts of jobs that are dropped."""
    ids = list(job_ids)
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        connection.execute(delete(receipt).where(receipt.c.id.in_(some)))


def drop_jobs(connection: Connection, *conditions: ColumnElement[bool]) -> None:
    """Delete the jobs that fit, and their receipts."""
    gone = connection.scalars(delete(job).where(*conditions).returning(job.c.id)).all()
    drop(connection, gone)


def drop_jobs_of_document(connection: Connection, document_id: str) -> None:
    """Delete the jobs of a document, and leave no trace of the name on their receipts."""
    ours = select(job.c.id).where(job.c.document_id == document_id)
    blank(connection, receipt, ("file_name",), receipt.c.id.in_(ours))
    drop_jobs(connection, job.c.document_id == document_id)


def is_sound(row: Row[Any]) -> bool:
    """Whether a receipt says what was written."""
    said = {name: row._mapping[name] for name in ("id", *FACTS)}
    return digest(said) == str(row.checksum)


def digest(values: dict[str, str]) -> str:
    """SHA-256 over what a receipt says."""
    words = "\n".join(values[name] for name in ("id", *FACTS))
    return checksum(storable(words).encode())
