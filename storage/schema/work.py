"""The tables of jobs, of batches of them, and of the workers that do them."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.schema.columns import Moment, Words, metadata

# beats counts up while the worker lives: who watches it needs no clock that agrees with its own.
worker = Table(
    "worker",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_beat", Moment, nullable=False),
    Column("beats", Integer, nullable=False, default=0),
)

# What one command handed in together. mark tells the same command given again.
batch = Table(
    "batch",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(12), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("kind", String(9), nullable=False),
    Column("mark", String(64), nullable=False),
    Column("out", Words, nullable=False),
    Column("task", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("owner", "mark", name="batch_once"),
)

# content: the file, while it is still needed. item: the place in its batch's input. tries: how
# often it was taken without getting on. fence: how often at all. taken: the order of claims.
job = Table(
    "job",
    metadata,
    Column("number", Integer, primary_key=True),  # the order of arrival
    Column("id", String(12), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("file_name", Words, nullable=False),
    Column("status", String(8), nullable=False),
    Column("message", Words, nullable=False, default=""),
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), index=True),
    Column("worker", Text),
    Column("created_at", Moment, nullable=False),
    Column("content", LargeBinary),
    Column("content_hash", String(64)),
    Column("keep_both", Boolean, nullable=False, default=False),
    Column("batch_id", ForeignKey("batch.id")),
    Column("kind", String(9), nullable=False, default="add"),
    Column("priority", Integer, nullable=False, default=0),
    Column("item", Words),
    Column("mark", String(64)),  # of the item: unique, and no words that a delete would blank
    Column("task", Words),
    Column("result", Words),
    Column("result_hash", String(64)),
    Column("fault", Text, nullable=False, default=""),
    Column("tries", Integer, nullable=False, default=0),
    Column("fence", Integer, nullable=False, default=0),
    Column("taken", Integer, nullable=False, default=0),
    Index("job_by_owner", "owner", "number"),
    Index("job_in_line", "status", "priority", "owner", "number"),
    Index("job_taken", "owner", "taken"),
    Index("job_once", "batch_id", "mark", unique=True),
)

# That a job was handed in: what verify misses a lost one by. See storage/work/receipts.py.
receipt = Table(
    "receipt",
    metadata,
    Column("id", String(12), primary_key=True),  # of the job; no reference, for it may be lost
    Column("owner", Text, nullable=False),
    Column("file_name", Words, nullable=False),
    Column("checksum", String(64), nullable=False),
)
