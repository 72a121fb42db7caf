"""The process that reads what the web page hands in: `python -m app.worker`.

It ends when its standard input closes, so it never outlives the page's server, and on SIGTERM.
What it was reading stays claimed and is read on by the next worker from the last checkpoint.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from types import FrameType

from app.adding import Beside
from app.errors import BadSettings
from app.marks import Marks
from app.progress import Progress
from app.service import Service, open_service
from app.settings import Settings, read_settings
from app.visitor import for_visitor
from pipelines.document import Upload
from storage.errors import LibraryUnavailable, NotFound, StorageError
from storage.records import UploadRecord

BEAT = 2.0
SILENT_AFTER = 10.0
"""Seconds after which a worker that was not heard from is held to be gone."""
MOST_ATTEMPTS = 3
_PAUSE = 0.5
_STDIN = 0

_GAVE_UP = (
    "{name} could not be read: the program that reads ended {count} times while it was at it. "
    "The file may need more memory than there is. Add it again to go on from where it stopped."
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """An upload that this worker has taken."""

    worker: str
    upload: UploadRecord
    content: bytes


def main() -> int:
    """Read uploads until told to stop."""
    stop = threading.Event()
    _stop_on_signal(stop)
    threading.Thread(target=_stop_with_parent, args=(stop,), daemon=True).start()
    try:
        return _work_for(read_settings(), stop)
    except BadSettings as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _work_for(settings: Settings, stop: threading.Event) -> int:
    name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    try:
        with open_service(settings) as service, _heartbeat(service, name, stop):
            work(service, name, stop)
    except Exception as error:
        sys.stderr.write(for_visitor(error, settings.logs) + "\n")
        return 1
    return 0


def work(service: Service, name: str, stop: threading.Event) -> None:
    """Claim one upload after another until stop is set."""
    marks = Marks(service.settings.home)
    while not stop.is_set():
        claimed = service.library.claim(name, SILENT_AFTER)
        if claimed is None:
            stop.wait(_PAUSE)
        else:
            claim = _Claim(name, *claimed)
            _handle(service, marks, claim, partial(_goes_on, service, claim, stop))


def _handle(service: Service, marks: Marks, claim: _Claim, goes_on: Callable[[], bool]) -> None:
    """Read one upload to its end, to its failure, or for as long as it goes on."""
    upload = claim.upload
    attempts = marks.count_attempt(upload.id)
    try:
        if attempts > MOST_ATTEMPTS:
            sentence = _GAVE_UP.format(name=upload.file_name, count=MOST_ATTEMPTS)
            service.library.fail_upload(upload.id, sentence, claim.worker)
        else:
            _read(service, marks, claim, goes_on)
    finally:
        marks.forget_attempts(upload.id)  # whatever was raised, this process did not die of it


def _read(service: Service, marks: Marks, claim: _Claim, goes_on: Callable[[], bool]) -> None:
    upload = claim.upload
    try:
        beside = Beside(everything=upload.keep_both)
        with closing(
            service.as_owner(upload.owner).add(Upload(upload.file_name, claim.content), beside)
        ) as steps:
            last = _last_step(steps, goes_on)
        if last is not None and last.document is not None:
            service.library.finish_upload(upload.id, last.document.id)
    except LibraryUnavailable:
        raise  # no fault of the file, which stays in line for a better day
    except Exception as error:
        if isinstance(error, NotFound):
            marks.dismiss(upload.id)  # whoever deleted the document needs no word about it
        with suppress(NotFound):
            sentence = for_visitor(error, service.settings.logs)
            service.library.fail_upload(upload.id, sentence, claim.worker)


def _last_step(steps: Iterator[Progress], goes_on: Callable[[], bool]) -> Progress | None:
    """The step that says done; None where something came between."""
    for step in steps:
        if step.stage == "done":
            return step
        if not goes_on():
            break
    return None


def _goes_on(service: Service, claim: _Claim, stop: threading.Event) -> bool:
    """Whether to read on: the user may stop it, or another worker have it after a long silence."""
    return not stop.is_set() and service.library.holds_upload(claim.worker, claim.upload.id)


@contextmanager
def _heartbeat(service: Service, name: str, stop: threading.Event) -> Iterator[None]:
    ended = threading.Event()

    def beat() -> None:
        while not ended.is_set():
            try:
                service.library.beat(name)
            except StorageError:
                stop.set()  # without a library there is nothing to do; the page says why
            ended.wait(BEAT)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


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
