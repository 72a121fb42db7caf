"""From the jobs of a batch to the lines of its results."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from app.batch.inputs import Item
from app.batch.plan import Plan
from app.batch.results import Line
from app.output import added_json
from app.present import Explained
from app.service import Service
from storage.records import DocumentRecord
from storage.work import JobRecord

_AT_ONCE = 200
_STOPPED = Explained("It was cancelled. Run the same command again to have it done.", "Cancelled")


def lines(
    service: Service,
    plan: Plan,
    jobs: Mapping[str, JobRecord],
    refused: Mapping[str, Explained],
) -> Iterator[Line]:
    """A line for each document, or for each question, of those items that are over, in order."""
    items = iter(plan.items)
    while some := list(islice(items, _AT_ONCE)):
        done = [jobs[item.mark] for item in some if _is_done(jobs.get(item.mark))]
        found = service.library.queue.results([job.id for job in done])
        ids = [job.document_id for job in done if job.document_id is not None]
        documents = {each.id: each for each in service.library.some(service.settings.owner, ids)}
        for item in some:
            job = jobs.get(item.mark)
            if item.mark in refused:
                yield _failed(item, refused[item.mark])
            elif job is not None:
                yield from _of_job(item, job, found.get(job.id), documents)


def _is_done(job: JobRecord | None) -> bool:
    return job is not None and job.status == "done"


def _of_job(
    item: Item, job: JobRecord, result: str | None, documents: Mapping[str, DocumentRecord]
) -> Iterator[Line]:
    if job.status == "failed":
        yield _failed(item, Explained(job.message, job.fault or "Unexpected"))
    elif job.status == "stopped":
        yield _failed(item, _STOPPED)
    elif job.status == "done" and str(job.document_id) in documents:
        yield from _of_document(item, job, result, documents[str(job.document_id)])


def _of_document(
    item: Item, job: JobRecord, result: str | None, document: DocumentRecord
) -> Iterator[Line]:
    about = {"file": item.shown, "document": document.id, "title": document.title}
    if job.kind == "add":
        yield {"file": item.shown, **_without_knowing(added_json(document, already_known=False))}
    elif job.kind == "ask":
        yield from ({**about, **each} for each in json.loads(result or "[]"))
    else:
        yield {**about, **json.loads(result or "{}")}


def _without_knowing(values: dict[str, Any]) -> dict[str, Any]:
    """Without what depends on when the batch was run."""
    return {name: value for name, value in values.items() if name != "already_known"}


def _failed(item: Item, told: Explained) -> Line:
    return {"file": item.shown, "error": told.sentence, "kind": told.kind}
