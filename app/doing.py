"""Doing one job: a file is read, and then summarised or asked where the job says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from app.adding import Beside
from app.errors import OtherModel
from app.output import answer_json
from app.progress import Progress
from app.service import Service
from pipelines.document import Upload
from storage.records import DocumentRecord
from storage.work import JobRecord


@dataclass(frozen=True, slots=True)
class Work:
    """A job that a worker has taken, with its file and what is to be done with the document.

    goes_on says whether to take the next step; got_on stores how far the result is.
    """

    job: JobRecord
    content: bytes
    task: dict[str, Any]
    found: list[dict[str, Any]]
    goes_on: Callable[[], bool]
    got_on: Callable[[str | None], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The document of a job that is done, and what was found in it as JSON."""

    document: DocumentRecord
    result: str | None
    tokens: int


def do(service: Service, work: Work) -> Outcome | None:
    """Do a job to its end, and None where something came between.

    The library is as after one of its steps whenever this ends, and doing it again goes on there.
    """
    _require_model(service, work)
    last = _read(service, work)
    if last is None or last.document is None:
        return None
    if work.job.kind == "ask":
        result: str | None = _asked(service, work, last.document)
    elif work.job.kind == "summarize":
        result = _summarized(service, work, last.document)
    else:
        return Outcome(last.document, None, last.tokens)
    return None if result is None else Outcome(last.document, result, last.tokens)


def _require_model(service: Service, work: Work) -> None:
    """Raise OtherModel where a document is to be read again by a model that is not this one."""
    if work.task.get("weights", service.reader.weights_fingerprint) != (
        service.reader.weights_fingerprint
    ):
        raise OtherModel(
            f"{work.job.file_name} is to be read by another model than that of this worker: start "
            "`readonce worker` with the READONCE_MODEL of the command that asked for it, and then "
            "`readonce jobs retry`."
        )


def _read(service: Service, work: Work) -> Progress | None:
    """The step that says done; None where something came between."""
    read = 0
    with closing(_steps(service, work)) as steps:
        for step in steps:
            if step.stage == "done":
                return step
            if step.tokens > read:
                work.got_on(None)
                read = step.tokens
            if not work.goes_on():
                break
    return None


def _steps(service: Service, work: Work) -> Generator[Progress, None, None]:
    job = work.job
    if job.document_id is not None:
        yield from service.read(service.show(str(job.document_id)))
        return
    upload = Upload(job.file_name, work.content)
    yield from service.add(upload, Beside(everything=job.keep_both))


def _asked(service: Service, work: Work, document: DocumentRecord) -> str | None:
    """Every question with its answer; those answered before a death are not asked again."""
    found = work.found
    for question in work.task["questions"][len(found) :]:
        if not work.goes_on():
            return None
        answer = answer_json(service.ask(document, question["question"]), 0.0)
        del answer["startup_seconds"]
        found = [*found, {**question, **answer}]
        work.got_on(json.dumps(found))
    return json.dumps(found)


def _summarized(service: Service, work: Work, document: DocumentRecord) -> str:
    from app.summarising import summary_json
    from pipelines.summarise.length import Length

    task = work.task
    length = Length(task["sentences"], task["words"])
    return json.dumps(summary_json(service.summaries.of([document], length, task["about"])))
