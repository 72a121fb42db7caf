"""The progress of a batch on stderr: over all, with the time left, and of what is being done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import Progress, TaskID, TimeRemainingColumn

from app.bars import bars, pace
from app.batch.running import Standing
from app.service import Service
from app.wording import counted
from storage.work import JobRecord

_NAME = 40


@contextmanager
def batch_bar(service: Service) -> Iterator[BatchBar]:
    """The bars of a batch, for as long as it is watched."""
    with bars(pace(), TimeRemainingColumn()) as drawn:
        yield BatchBar(service, drawn)


class BatchBar:
    """A bar for all and one for each document that is being done."""

    def __init__(self, service: Service, drawn: Progress) -> None:
        self._service = service
        self._bars = drawn
        self._all = self._bars.add_task("", name="All", pace="", total=None)
        self._each: dict[str, TaskID] = {}

    def show(self, standing: Standing) -> None:
        """Draw how far it is."""
        if self._bars.disable:
            return
        total, failed = len(standing.plan.items), standing.count("failed", "stopped")
        done = standing.count("done")
        pace = f"{done:,} of {counted(total, 'document')}" + (
            f", {failed} failed" if failed else ""
        )
        self._bars.update(self._all, total=total, completed=done + failed, pace=pace)
        running = {job.id: job for job in standing.jobs.values() if job.status == "running"}
        for job_id in self._each.keys() - running.keys():
            self._bars.remove_task(self._each.pop(job_id))
        for job in running.values():
            self._show(job)

    def _show(self, job: JobRecord) -> None:
        if job.id not in self._each:
            name = job.file_name[:_NAME]
            self._each[job.id] = self._bars.add_task("", name=name, pace="", total=None)
        read = self._read(job)
        if read is not None:
            pace = f"{read:.0%} read" if read < 1 else "read"
            self._bars.update(self._each[job.id], total=1.0, completed=read, pace=pace)

    def _read(self, job: JobRecord) -> float | None:
        """How much of a job's document has been read; None before it is a document."""
        if job.content_hash is None:
            return None
        found = self._service.library.by_content(job.owner, job.content_hash)
        return None if found is None else found.read
