"""`readonce jobs`: what waits, is under way or failed, and what to do about it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from app.batch.stored import Rereading
from app.batch.stored import reread as begin_again
from app.commands.ask import Docs, found_documents
from app.commands.options import AsJson, settings_now
from app.errors import NotSoNow
from app.output import errors_told, people, print_json
from app.service import Service, open_service
from app.watching import SILENT_AFTER
from app.wording import counted
from storage.errors import NotFound
from storage.work import BatchRecord, JobRecord, JobStatus

_LOOK = 1.0
_FEW = 20
_IN_ORDER: tuple[JobStatus, ...] = ("done", "running", "waiting", "stopped", "failed")

jobs = typer.Typer(help="What waits to be done, and what became of it.", no_args_is_help=True)
All = Annotated[bool, typer.Option("--all", help="The whole library.")]
Key = Annotated[str, typer.Argument(metavar="ID", help="Of a job or a batch, or its beginning.")]


@jobs.command("list")
def list_jobs(as_json: AsJson = False) -> None:
    """Show the batches and the single jobs, newest first, and whether anybody is working."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        if as_json:
            print_json(list(_everything(service)))
            return
        for batch in service.library.queue.batches(settings.owner):
            people().print(_batch_line(service, batch))
        for job in service.library.queue.jobs(settings.owner):
            people().print(_job_line(job))
        _say_where_nobody_works(service)


@jobs.command()
def show(key: Key, as_json: AsJson = False) -> None:
    """Show one batch with what failed in it, or one job."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        batch, found = _found(service, key)
        if as_json:
            about = {} if batch is None else _batch_json(service, batch)
            each = [_job_json(job) for job in found]
            print_json({**about, "jobs": each} if batch is not None else each[0])
            return
        if batch is not None:
            people().print(_batch_line(service, batch))
        some = [job for job in found if batch is None or job.status in ("running", "failed")]
        for job in some[:_FEW]:
            people().print(_job_line(job))
        if len(some) > _FEW:
            people().print(f"... and {len(some) - _FEW:,} more: --json shows all.")


@jobs.command()
def cancel(key: Key, as_json: AsJson = False) -> None:
    """Take a job, or all of a batch, out of line; what was done of it is kept."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        _, found = _found(service, key)
        open_ones = [job for job in found if job.status in ("waiting", "running")]
        for job in open_ones:
            service.library.queue.stop(settings.owner, job.id)
        _tell_count("cancelled", len(open_ones), as_json=as_json)


@jobs.command()
def retry(key: Key, as_json: AsJson = False) -> None:
    """Put back in line what was cancelled, and what failed with its file still kept."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        _, found = _found(service, key)
        turned = [job for job in found if service.library.queue.resume(settings.owner, job.id)]
        lost = sum(job.status == "failed" for job in found) - sum(
            job.status == "failed" for job in turned
        )
        if not turned:
            raise NotSoNow(
                f"Nothing of {key} can be tried again here: the files of what failed are no longer"
                " kept. Hand them in again, or run the batch again with --retry-failed."
                if lost
                else f"Nothing of {key} was cancelled or failed."
            )
        _tell_count("put back in line", len(turned), as_json=as_json)


@jobs.command()
def watch(key: Key, as_json: AsJson = False) -> None:
    """Follow a job or a batch until it is over; ends with code 3 where something failed."""
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        before: dict[str, str] = {}
        while True:
            _, found = _found(service, key)
            for job in found:
                if before.get(job.id) != job.status:
                    before[job.id] = job.status
                    _tell_change(job, as_json=as_json)
            if not any(job.status in ("waiting", "running") for job in found):
                break
            time.sleep(_LOOK)
    if any(job.status != "done" for job in found):
        raise typer.Exit(3)


@jobs.command()
def reread(docs: Docs, everything: All = False, as_json: AsJson = False) -> None:
    """Have documents read again by the model in use, as after READONCE_MODEL was changed.

    Documents that it has read are passed over, and asking again puts nothing in line twice. What
    the other model kept of a document stays until this one has read it.
    """
    if bool(docs) == everything:
        raise typer.BadParameter("Name the documents to read again, or all of them with --all.")
    settings = settings_now(as_json=as_json)
    with errors_told(settings, as_json=as_json), open_service(settings) as service:
        documents = service.list() if everything else found_documents(service, docs)
        _tell_rereading(service, begin_again(service, documents), as_json=as_json)


def _tell_rereading(service: Service, found: Rereading, *, as_json: bool) -> None:
    if as_json:
        print_json({"batch": found.batch.id, "in_line": found.in_line, "read": found.read})
        return
    if found.read:
        people().print(f"{counted(found.read, 'document')} read by this model already.")
    if found.in_line:
        people().print(
            f"{counted(found.in_line, 'document')} in line to be read again: `readonce jobs watch"
            f" {found.batch.id}` follows."
        )
        _say_where_nobody_works(service)


def _say_where_nobody_works(service: Service) -> None:
    if not service.library.queue.workers_alive(SILENT_AFTER):
        people().print("No worker is running: `readonce worker` starts one.", style="dim")


def _found(service: Service, key: str) -> tuple[BatchRecord | None, Sequence[JobRecord]]:
    """A batch with its jobs, or one job of the owner; NotFound."""
    queue, owner = service.library.queue, service.settings.owner
    try:
        batch = queue.batch(owner, key)
    except NotFound:
        found = [job for job in _jobs_of(service) if job.id.startswith(key)]
        if len(found) == 1 and len(key) >= 4:
            return None, found
        raise NotFound(
            f"There is no single job or batch {key}: `readonce jobs list` shows all."
        ) from None
    return batch, queue.jobs_of(batch.id)


def _jobs_of(service: Service) -> Iterator[JobRecord]:
    queue, owner = service.library.queue, service.settings.owner
    yield from queue.jobs(owner)
    for batch in queue.batches(owner):
        yield from queue.jobs_of(batch.id)


def _everything(service: Service) -> Iterator[dict[str, Any]]:
    owner = service.settings.owner
    for batch in service.library.queue.batches(owner):
        yield _batch_json(service, batch)
    for job in service.library.queue.jobs(owner):
        yield _job_json(job)


def _batch_json(service: Service, batch: BatchRecord) -> dict[str, Any]:
    counts = service.library.queue.counts(batch.id)
    return {
        "batch": batch.id,
        "kind": batch.kind,
        "out": batch.out,
        "created_at": batch.created_at.isoformat(),
        **{status: counts.get(status, 0) for status in _IN_ORDER},
    }


def _job_json(job: JobRecord) -> dict[str, Any]:
    return {
        "job": job.id,
        "kind": job.kind,
        "batch": job.batch_id,
        "file_name": job.file_name,
        "status": job.status,
        "document": job.document_id,
        "tries": job.tries,
        "error": job.message or None,
        "error_kind": job.fault or None,
        "created_at": job.created_at.isoformat(),
    }


def _batch_line(service: Service, batch: BatchRecord) -> str:
    counts = service.library.queue.counts(batch.id)
    parts = [f"{counts[status]:,} {_word(status)}" for status in _IN_ORDER if status in counts]
    into = f" into {batch.out}" if batch.out else ""
    return f"{batch.id}  {batch.kind}{into}: {', '.join(parts) or 'empty'}"


def _job_line(job: JobRecord) -> str:
    why = f". {job.message}" if job.message else ""
    return f"{job.id}  {job.kind} {job.file_name}: {_word(job.status)}{why}"


def _word(status: str) -> str:
    return "cancelled" if status == "stopped" else status


def _tell_change(job: JobRecord, *, as_json: bool) -> None:
    if as_json:
        print_json(_job_json(job))
    else:
        people().print(_job_line(job))


def _tell_count(what: str, count: int, *, as_json: bool) -> None:
    if as_json:
        print_json({what.replace(" ", "_"): count})
    else:
        people().print(f"{counted(count, 'job')} {what}.")
