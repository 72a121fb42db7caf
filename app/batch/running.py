"""Running a batch: jobs are handed in as there is room, watched, and their results written."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from app.batch.feeding import Feed
from app.batch.gathering import lines
from app.batch.plan import Plan, maker
from app.batch.results import check_place, write_results
from app.crew import Crew
from app.present import Explained
from app.service import Service
from app.watching import SILENT_AFTER
from storage.errors import LibraryUnavailable
from storage.work import BatchRecord, JobRecord, JobStatus

_Value = TypeVar("_Value")

_LOOK = 0.5
_WRITE = 10.0
_SHARE = 10
"""Looking and writing take at most one part in so many of the time."""
_PATIENCE = 120.0
"""Seconds for which a library that cannot be reached is asked again, as while a server starts."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A document as the results call it, and the sentence that says what is wrong with it."""

    shown: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a batch is: jobs by the mark of their item, and the files that were not opened.

    complaint is why a worker that was started for it ended, where one did by itself.
    """

    plan: Plan
    batch: BatchRecord
    jobs: dict[str, JobRecord]
    refused: dict[str, Explained]
    complaint: str = ""

    def count(self, *statuses: JobStatus) -> int:
        """How many items are in one of these; files that were not opened have failed."""
        asked = [item.mark for item in self.plan.items if item.mark not in self.refused]
        found = sum(mark in self.jobs and self.jobs[mark].status in statuses for mark in asked)
        return found + (len(self.refused) if "failed" in statuses else 0)

    def failures(self) -> dict[str, Failure]:
        """Why each item failed that did, by its mark."""
        found = {}
        for item in self.plan.items:
            job = self.jobs.get(item.mark)
            if item.mark in self.refused:
                found[item.mark] = Failure(item.shown, self.refused[item.mark].sentence)
            elif job is not None and job.status == "failed":
                found[item.mark] = Failure(item.shown, job.message)
        return found

    @property
    def is_over(self) -> bool:
        return self.count("done", "failed", "stopped") == len(self.plan.items)


@dataclass(slots=True)
class _Run:
    """A batch under way. crew are the workers that were started for it, where there are any."""

    service: Service
    feed: Feed
    batch: BatchRecord
    workers: int
    lonely_since: float
    crew: Crew | None = None

    def look(self) -> Standing:
        jobs = {str(job.item): job for job in self.service.library.queue.jobs_of(self.batch.id)}
        complaint = "" if self.crew is None else self.crew.complaint
        return Standing(self.feed.plan, self.batch, jobs, dict(self.feed.refused), complaint)

    def write(self, standing: Standing) -> None:
        plan = standing.plan
        found = lines(self.service, plan, standing.jobs, standing.refused)
        write_results(plan.out, plan.kind, found)

    def hire(self) -> None:
        """Start workers of our own where none was heard of for long; they end with this process."""
        if self.crew is not None:
            return
        if self.service.library.queue.workers_alive(SILENT_AFTER):
            self.lonely_since = time.monotonic()
        elif time.monotonic() - self.lonely_since > SILENT_AFTER:
            self.crew = Crew(self.service.settings, "batch", self.workers)

    def dismiss(self) -> None:
        """End the workers that were started for it."""
        if self.crew is not None:
            self.crew.stop()


def run(
    service: Service, plan: Plan, *, workers: int, retry_failed: bool, overwrite: bool
) -> Generator[Standing, None, None]:
    """Have all of a plan done, with a look at how far it is now and then; the last one is the end.

    What was done before is not done again. Whoever stops asking leaves the rest in line for
    whatever worker there is; the same plan goes on from there. The results are written every few
    seconds and at the end, also where this is left early. Raises FileExists.
    """
    queue, owner = service.library.queue, service.settings.owner
    ours = queue.batch_marked(owner, plan.mark) is not None
    check_place(plan.out, ours=ours, overwrite=overwrite)
    batch = queue.open_batch(owner, plan.kind, plan.mark, str(plan.out.absolute()), plan.task)
    feed = Feed(maker(service, batch, plan.items), plan, retry_failed)
    nobody_yet = time.monotonic() - SILENT_AFTER - 1
    under_way = _Run(service, feed, batch, workers, nobody_yet)
    try:
        yield from _watched(under_way)
    finally:
        under_way.dismiss()


def _watched(run: _Run) -> Iterator[Standing]:
    standing, written, took = patiently(run.look), 0.0, 0.0
    try:
        while not (run.feed.is_through and standing.is_over):
            more = patiently(partial(run.feed.hand_in, standing.jobs))
            began = time.monotonic()
            standing = patiently(run.look)
            patiently(run.hire)
            yield standing
            if time.monotonic() - written > max(_WRITE, took * _SHARE):
                began_writing = time.monotonic()
                patiently(partial(run.write, standing))
                written = time.monotonic()
                took = written - began_writing
            if not more and not standing.is_over:
                time.sleep(max(_LOOK, (time.monotonic() - began) * _SHARE))
        yield standing
    finally:
        run.write(standing)


def patiently(ask: Callable[[], _Value]) -> _Value:
    """What ask gives, also where the library cannot be reached for a while."""
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            return ask()
        except LibraryUnavailable:
            if time.monotonic() > give_up:
                raise
            time.sleep(1.0)
