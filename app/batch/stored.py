"""A batch of documents that are stored already, and its results as a file."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.adding import content_hash
from app.batch.gathering import lines
from app.batch.inputs import Item
from app.batch.plan import Maker, Plan
from app.batch.results import FORMATS, write_results
from app.reading import is_read
from app.service import Service
from storage.records import DocumentRecord
from storage.work import BatchRecord, JobKind, JobRecord


def begin(
    service: Service, kind: JobKind, documents: Sequence[DocumentRecord], task: dict[str, Any]
) -> BatchRecord:
    """Have workers do the same with each document; it goes on whoever looks at it."""
    queue, owner = service.library.queue, service.settings.owner
    items = tuple(Item(each.id, each.title, document=each.id) for each in documents)
    plan = Plan(kind, items, Path(uuid.uuid4().hex), json.dumps(task))
    batch = queue.open_batch(owner, kind, plan.mark, "", plan.task)
    maker = Maker(service, batch, frozenset())
    for item in items:
        queue.hand_in(maker.job_of(item))
    return batch


@dataclass(frozen=True, slots=True)
class Rereading:
    """What is to be read again by the model in use: in line now, or read by it already."""

    batch: BatchRecord
    in_line: int
    read: int


def reread(service: Service, documents: Sequence[DocumentRecord]) -> Rereading:
    """Have workers read documents again that the model in use has not read to their end.

    There is one batch of a model: asking again puts nothing in line twice. What another model kept
    of a document stays until this one has read it, where both cut text into the same tokens.
    """
    queue, owner = service.library.queue, service.settings.owner
    task = json.dumps({"weights": service.reader.weights_fingerprint})
    batch = queue.open_batch(owner, "read", content_hash(task.encode()), "", task)
    known = {str(job.document_id): job for job in queue.jobs_of(batch.id)}
    maker = Maker(service, batch, frozenset())
    unread = [each for each in documents if not is_read(each, service.reader)]
    for each in unread:
        new = maker.job_of(Item(each.id, each.title, document=each.id))
        before = known.get(each.id)
        if before is None:
            queue.hand_in(new)
        elif before.status not in ("waiting", "running"):
            queue.hand_in_again(before.id, new)
    return Rereading(batch, len(unread), len(documents) - len(unread))


def stop(service: Service, batch: BatchRecord) -> None:
    """Have nobody go on with what is not done yet."""
    queue = service.library.queue
    for job in queue.jobs_of(batch.id):
        if job.status in ("waiting", "running"):
            queue.stop(service.settings.owner, job.id)


def go_on(service: Service, batch: BatchRecord) -> None:
    """Put back in line what was stopped, and what failed and can be tried again."""
    queue = service.library.queue
    for job in queue.jobs_of(batch.id):
        if job.status in ("stopped", "failed"):
            queue.resume(service.settings.owner, job.id)


def results(service: Service, batch: BatchRecord, ending: str) -> bytes:
    """What was found so far, as a file with one of the endings of FORMATS."""
    if ending not in FORMATS:
        raise ValueError(f"{ending} is none of {', '.join(FORMATS)}")
    jobs = {job.id: job for job in service.library.queue.jobs_of(batch.id)}
    titles = _titles(service, list(jobs.values()))
    items = tuple(
        Item(job.id, titles.get(str(job.document_id), job.file_name)) for job in jobs.values()
    )
    plan = Plan(batch.kind, items, Path(), service.library.queue.task(batch.id))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"results{ending}"
        write_results(path, batch.kind, lines(service, plan, jobs, {}))
        return path.read_bytes()


def _titles(service: Service, jobs: Sequence[JobRecord]) -> dict[str, str]:
    ids = [job.document_id for job in jobs if job.document_id is not None]
    found = service.library.some(service.settings.owner, ids)
    return {each.id: each.title for each in found}
