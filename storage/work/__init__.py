"""The values of the work that waits for workers: jobs, batches of them, workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

JobStatus = Literal["waiting", "running", "stopped", "done", "failed"]
JobKind = Literal["add", "read", "summarize", "ask"]
PERSON = 0
"""The priority of what somebody waits for."""
BATCH = 1
"""The priority of work that gives way to what somebody waits for."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A piece of work to be done by a worker.

    kind: add reads the file; read reads a stored document on, or anew by the model in use;
    summarize and ask read the file and then do what task says, a value in JSON that belongs to the
    batch where the job has none of its own. content is the file, None for the stored document
    document_id. item is its place in the batch's input.
    """

    owner: str
    file_name: str
    content: bytes | None
    kind: JobKind = "add"
    keep_both: bool = False
    priority: int = PERSON
    document_id: str | None = None
    batch_id: str | None = None
    item: str | None = None
    task: str | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A piece of work and what became of it.

    content_hash is the SHA-256 of the file, None for one handed in before this was kept; keep_both
    says that it replaces no document of the same name. message says why a job failed, and fault
    what kind of error it was. tries counts how often it was taken without getting on, fence how
    often it was taken at all: with the worker it tells whether a job is still the one that was
    taken. The rest is as in NewJob.
    """

    id: str
    owner: str
    file_name: str
    status: JobStatus
    message: str
    document_id: str | None
    created_at: datetime
    content_hash: str | None = None
    keep_both: bool = False
    kind: JobKind = "add"
    priority: int = PERSON
    batch_id: str | None = None
    item: str | None = None
    task: str | None = None
    fault: str = ""
    worker: str | None = None
    tries: int = 0
    fence: int = 0


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """What one command handed in together; out is the file for the results."""

    id: str
    owner: str
    kind: JobKind
    out: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A worker's mark of life: beats counts up for as long as it lives."""

    name: str
    last_beat: datetime
    beats: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a library's work stands: jobs by kind and status, ages and times in seconds."""

    jobs: dict[tuple[str, str], int]
    workers_alive: int
    oldest_waiting: float
    most_tries: int
    documents: int
    tokens_read: int
    read_seconds: float
