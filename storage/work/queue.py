"""The line of work: every method is one transaction, as those of Library are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.work import (
    BatchRecord,
    JobKind,
    JobRecord,
    JobStatus,
    NewJob,
    Numbers,
    WorkerRecord,
    batches,
    claims,
    jobs,
    workers,
)
from storage.work.numbers import numbers

_LARGE = 8_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Queue:
    """Jobs, batches of them and the workers that do them; `Library.queue` gives it."""

    opened: Database
    clock: Callable[[], datetime]

    def enqueue(
        self, owner: str, file_name: str, content: bytes, *, keep_both: bool = False
    ) -> JobRecord:
        """Keep a person's file until a worker has read it; keep_both: it replaces no version."""
        return self.hand_in(NewJob(owner, file_name, content, keep_both=keep_both))

    def hand_in(self, new: NewJob) -> JobRecord:
        """Keep a piece of work until a worker has done it."""
        with self.opened.queueing() as connection:
            if new.content is not None and len(new.content) > _LARGE:
                connection.detach()  # it keeps in memory what it stored last, and ends with this
            return jobs.enqueue(connection, new, self.clock())

    def hand_in_again(self, job_id: str, new: NewJob) -> None:
        """Have a job of a batch done anew, with the file as it is now."""
        with self.opened.queueing() as connection:
            jobs.hand_in_again(connection, job_id, new, self.clock())

    def claim(self, worker: str, gone: Collection[str] = ()) -> tuple[JobRecord, bytes] | None:
        """Take the next job that waits, or that was left behind by a worker which is gone.

        The lowest priority comes first, then the owner with the least at work, then who was served
        longest ago, then the oldest. A worker handles one job at a time: one that it took before
        and never ended is given to it again. Claiming is a heartbeat too, and clears rows that are
        long out of use.
        """
        with self.opened.queueing() as connection:
            return claims.claim(connection, worker, gone, self.clock())

    def beat(self, worker: str) -> None:
        """Note that the worker is alive."""
        with self.opened.queueing() as connection:
            workers.beat(connection, worker, self.clock())

    def workers(self) -> tuple[WorkerRecord, ...]:
        """Every worker whose mark is kept, those too that are dead."""
        with self.opened.reading() as connection:
            return workers.known(connection)

    def workers_alive(self, within: float) -> bool:
        """Whether any worker was heard within so many seconds."""
        with self.opened.reading() as connection:
            return workers.any_alive(connection, within, self.clock())

    def say_goodbye(self, worker: str) -> None:
        """Note that the worker ends: what it still holds is free for others at once."""
        with self.opened.queueing() as connection:
            workers.forget(connection, worker)

    def holds(self, held: JobRecord) -> bool:
        """Whether the job is still its worker's: not stopped, given to another, or over."""
        with self.opened.reading() as connection:
            return jobs.is_held(connection, held)

    def somebody_waits(self, before: int | None = None) -> bool:
        """Whether any job waits, or one that comes before those of this priority."""
        with self.opened.reading() as connection:
            return jobs.somebody_waits(connection, before)

    def got_on(self, held: JobRecord, result: str | None = None) -> None:
        """Note that something of the job was stored, so that its next death is the first again.

        result is what was found so far, where its worker can go on from there.
        """
        with self.opened.queueing() as connection:
            jobs.got_on(connection, held, result)

    def give_back(self, held: JobRecord) -> None:
        """Let somebody else go on with a job; this does not count as a try."""
        with self.opened.queueing() as connection:
            jobs.give_back(connection, held)

    def finish(
        self,
        job_id: str,
        document_id: str,
        result: str | None = None,
        held: JobRecord | None = None,
    ) -> bool:
        """The job is done, with this document; the bytes kept for it are dropped.

        Where held is given, a job that is no longer its worker's stays as it is: then False.
        """
        with self.opened.writing() as connection:
            return jobs.finish(connection, job_id, document_id, result, held)

    def fail(
        self,
        job_id: str,
        message: str,
        fault: str = "",
        held: JobRecord | None = None,
        *,
        keep: bool = False,
    ) -> None:
        """The job failed, for this reason; one that is done stays done.

        fault is the kind of error for scripts. Where held is given, a job that is no longer its
        worker's stays as it is. keep: it can be resumed, for its bytes are kept.
        """
        with self.opened.writing() as connection:
            jobs.fail(connection, job_id, message, fault, held, keep)

    def stop(self, owner: str, job_id: str) -> None:
        """Have nobody go on with the job until it is resumed; what was done is kept."""
        with self.opened.writing() as connection:
            jobs.stop(connection, owner, job_id)

    def resume(self, owner: str, job_id: str) -> bool:
        """Let a stopped job go on, or try one again that failed; False where it is neither.

        A failed one can be tried again only while its bytes are kept.
        """
        with self.opened.writing() as connection:
            return jobs.resume(connection, owner, job_id)

    def numbers(self, within: float) -> Numbers:
        """How the work of all owners stands, and who was heard within so many seconds."""
        with self.opened.reading() as connection:
            return numbers(connection, within, self.clock())

    def jobs(self, owner: str) -> tuple[JobRecord, ...]:
        """The owner's jobs that belong to no batch, newest first."""
        with self.opened.reading() as connection:
            return jobs.of_owner(connection, owner)

    def at_hand(self, owner: str) -> tuple[JobRecord, ...]:
        """The same without those that were done before the last few: what a page looks at."""
        with self.opened.reading() as connection:
            return jobs.at_hand(connection, owner)

    def job(self, job_id: str) -> JobRecord:
        """One job as it is now."""
        with self.opened.reading() as connection:
            return jobs.row_of(connection, job_id)

    def open_batch(self, owner: str, kind: JobKind, mark: str, out: str, task: str) -> BatchRecord:
        """The owner's batch with this mark, made where there is none."""
        with self.opened.writing() as connection:
            return batches.open_batch(connection, owner, kind, mark, out, task, self.clock())

    def batch_marked(self, owner: str, mark: str) -> BatchRecord | None:
        """The owner's batch with this mark."""
        with self.opened.reading() as connection:
            return batches.by_mark(connection, owner, mark)

    def batches(self, owner: str) -> tuple[BatchRecord, ...]:
        """The owner's batches, newest first."""
        with self.opened.reading() as connection:
            return batches.of_owner(connection, owner)

    def batch(self, owner: str, key: str) -> BatchRecord:
        """The owner's batch with this id, or unique beginning of one (4 characters or more)."""
        with self.opened.reading() as connection:
            return batches.find(connection, owner, key)

    def counts(self, batch_id: str) -> dict[JobStatus, int]:
        """How many jobs of a batch there are in each status."""
        with self.opened.reading() as connection:
            return batches.counts(connection, batch_id)

    def task(self, batch_id: str) -> str:
        """What is to be done with each document of the batch."""
        with self.opened.reading() as connection:
            return batches.task_of(connection, batch_id)

    def jobs_of(self, batch_id: str) -> tuple[JobRecord, ...]:
        """The jobs of a batch, in the order in which they were handed in."""
        with self.opened.reading() as connection:
            return jobs.of_batch(connection, batch_id)

    def results(self, job_ids: Sequence[str]) -> dict[str, str]:
        """What was found so far by those of these jobs that found something."""
        with self.opened.reading() as connection:
            return jobs.results_of(connection, job_ids)
