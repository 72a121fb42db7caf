"""A process that does what waits in the library: `python -m app.worker`.

It ends when its standard input closes, so it never outlives what started it, and on SIGTERM.
What it was doing is given back and done on by another worker; where it is killed instead, another
one takes it over when this one is silent. Either goes on from the last checkpoint.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from app.doing import Outcome, Work, do
from app.errors import BadSettings
from app.journal import Journal
from app.marks import Marks
from app.present import expected
from app.resting import Rest
from app.service import Service, open_service
from app.settings import Settings, read_settings
from app.visitor import for_visitor
from app.watching import Watch, own_name
from storage.errors import LibraryUnavailable, NotFound, StorageError
from storage.work import PERSON, JobRecord

BEAT = 2.0
MOST_TRIES = 10
_PAUSE = 0.5
_STUCK_AFTER = 300.0
"""Seconds without a step, beside those that opening a file may take, after which to give up."""
_STDIN = 0

GAVE_UP = (
    "{name} could not be read: the program that reads ended {count} times while it was at it. "
    "The file may need more memory than there is. Add it again to go on from where it stopped."
)


@dataclass(slots=True)
class _Pulse:
    """When the work last took a step, by the clock that is never set."""

    last: float

    def step(self) -> None:
        self.last = time.monotonic()

    def silence(self) -> float:
        return time.monotonic() - self.last


@dataclass(frozen=True, slots=True)
class Hand:
    """A worker: its name, what tells it to stop, where it writes what it does, whom it watches."""

    name: str
    stop: threading.Event
    journal: Journal
    pulse: _Pulse
    watch: Watch
    rest: Rest


def new_hand(settings: Settings, name: str, stop: threading.Event) -> Hand:
    """A worker of this name."""
    clock = time.monotonic
    return Hand(name, stop, Journal(settings, name), _Pulse(clock()), Watch(), Rest(clock, clock()))


def main() -> int:
    """Do what waits until told to stop."""
    stop = threading.Event()
    _stop_on_signal(stop)
    threading.Thread(target=_stop_with_parent, args=(stop,), daemon=True).start()
    try:
        return _work_for(read_settings(), stop)
    except BadSettings as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _work_for(settings: Settings, stop: threading.Event) -> int:
    hand = new_hand(settings, own_name(), stop)
    try:
        with open_service(settings) as service, beating(service, hand):
            service.require_device()  # a worker without its GPU ends here, before it takes a job
            hand.journal.worker_did("started")
            work(service, hand)
            hand.journal.worker_did("ended")
    except Exception as error:
        sys.stderr.write(for_visitor(error, settings.logs) + "\n")
        return 1
    return 0


def work(service: Service, hand: Hand) -> None:
    """Take one job after another until told to stop."""
    while not hand.stop.is_set():
        hand.pulse.step()
        queue = service.library.queue
        _load(service)
        claimed = queue.claim(hand.name, hand.watch.gone(queue.workers()))
        if claimed is None:
            if hand.rest.goes_on(service.library):
                hand.journal.worker_did("compacted")
            hand.stop.wait(_PAUSE)
        else:
            _handle(service, hand, *claimed)
            hand.rest.is_over()


def _load(service: Service) -> None:
    """Load the model before a job is taken, so that a death meanwhile is not held against it."""
    if service.library.queue.somebody_waits():
        with suppress(Exception):  # whoever hands something in is told, when it is taken
            _ = service.reader


def _handle(service: Service, hand: Hand, job: JobRecord, content: bytes) -> None:
    """Do one job to its end, to its failure, or for as long as it goes on."""
    hand.journal.job_did("taken", job)
    if job.tries > MOST_TRIES:
        sentence = GAVE_UP.format(name=job.file_name, count=MOST_TRIES)
        service.library.queue.fail(job.id, sentence, "Died", job, keep=True)
        hand.journal.job_did("failed", job, fault="Died")
        return
    began = time.monotonic()
    try:
        owners = service.as_owner(job.owner)
        outcome = do(owners, _work_on(service, hand, job, content))
        _end(service, hand, job, outcome, time.monotonic() - began)
    except LibraryUnavailable:
        with suppress(StorageError):
            service.library.queue.give_back(job)  # no fault of the file
        raise
    except Exception as error:
        _fail(service, hand, job, error)


def _work_on(service: Service, hand: Hand, job: JobRecord, content: bytes) -> Work:
    queue = service.library.queue
    task = job.task or (queue.task(job.batch_id) if job.batch_id else "")
    found = queue.results([job.id]).get(job.id)

    def goes_on() -> bool:
        hand.pulse.step()
        gives_way = job.priority > PERSON and queue.somebody_waits(job.priority)
        return not hand.stop.is_set() and not gives_way and queue.holds(job)

    return Work(
        job,
        content,
        json.loads(task) if task else {},
        json.loads(found) if found else [],
        goes_on,
        lambda result: queue.got_on(job, result),
    )


def _end(
    service: Service, hand: Hand, job: JobRecord, outcome: Outcome | None, seconds: float
) -> None:
    if outcome is None:
        service.library.queue.give_back(job)  # nothing happens where another has it, or none may
        hand.journal.job_did("let go", job, seconds=seconds)
        return
    ours = service.library.queue.finish(job.id, outcome.document.id, outcome.result, job)
    event = "done" if ours else "lost"
    hand.journal.job_did(event, job, seconds=seconds, tokens=outcome.tokens)


def _fail(service: Service, hand: Hand, job: JobRecord, error: Exception) -> None:
    if isinstance(error, NotFound):
        Marks(service.settings.home).dismiss(job.id)  # who deleted the document needs no word
    known = expected(error)
    fault = known.kind if known else "Unexpected"
    with suppress(NotFound):
        sentence = for_visitor(error, service.settings.logs)
        service.library.queue.fail(job.id, sentence, fault, job)
    hand.journal.job_did("failed", job, fault=fault)


@contextmanager
def beating(service: Service, hand: Hand) -> Iterator[None]:
    """Note again and again that the worker lives, and end it where its work hangs."""
    ended = threading.Event()
    patience = _STUCK_AFTER + service.settings.most_seconds

    def beat() -> None:
        while not ended.is_set():
            try:
                service.library.queue.beat(hand.name)
            except StorageError:
                hand.stop.set()  # without a library there is nothing to do; the page says why
            if hand.pulse.silence() > patience:
                hand.journal.worker_did("stuck")
                os._exit(1)  # what it hangs in is tried again elsewhere, and not for ever
            ended.wait(BEAT)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with suppress(StorageError):
            service.library.queue.say_goodbye(hand.name)


def _stop_with_parent(stop: threading.Event) -> None:
    """Wait until the parent closes our standard input, which its end does too."""
    # Not through sys.stdin: its lock, held by a waiting thread, would make our own end a crash.
    while os.read(_STDIN, 1024):
        pass
    stop.set()


def _stop_on_signal(stop: threading.Event) -> None:
    def handler(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, handler)


if __name__ == "__main__":
    sys.exit(main())
