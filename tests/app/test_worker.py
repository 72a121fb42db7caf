"""The worker process and what keeps it alive, with real processes, pipes and signals."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from app.marks import Marks
from app.service import Service, open_service
from app.settings import Settings
from app.supervisor import Supervisor, child_environment
from app.watching import SILENT_AFTER
from app.worker import MOST_TRIES, new_hand, work
from pipelines.document import Upload
from storage.errors import LibraryUnavailable
from storage.work import JobRecord
from tests.app.making import long_text

pytestmark = pytest.mark.each_backend(slow=True)

TEXT = long_text(400).encode()

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.fixture
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "app.worker"],
        stdin=subprocess.PIPE,
        env={**os.environ, **child_environment(settings)},
    )
    yield process
    process.kill()
    process.communicate()


@contextmanager
def working(service: Service) -> Iterator[None]:
    """A worker in a thread of this process."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(service, new_hand(service.settings, "w", stop)))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def until(reached: Callable[[], bool], seconds: float = 60) -> None:
    give_up = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.02)


def state_of(service: Service, upload: JobRecord) -> JobRecord:
    return next(u for u in service.library.queue.jobs("local") if u.id == upload.id)


def has_begun(service: Service) -> bool:
    return any(0 < document.tokens_read < document.tokens for document in service.list())


def uninterrupted(service: Service, folder: Path) -> str | None:
    """The checksum of reading TEXT without any stop, in a library of its own."""
    with open_service(
        service.settings.model_copy(update={"home": folder, "database_url": ""})
    ) as other:
        *_, last = other.add(Upload("chronicle.txt", TEXT))
    assert last.document is not None
    return last.document.state_checksum


def test_a_worker_reads_what_was_handed_in_and_ends_with_its_parent(
    service: Service, worker: subprocess.Popen[bytes]
) -> None:
    good = service.library.queue.enqueue("local", "a.txt", b"A short text.")
    bad = service.library.queue.enqueue("local", "b.txt", b"")
    until(lambda: state_of(service, bad).status == "failed")
    assert state_of(service, good).status == "done"
    assert state_of(service, good).document_id == service.show("a").id
    assert "empty" in state_of(service, bad).message
    assert service.library.queue.workers_alive(SILENT_AFTER)
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(20) == 0


@posix
def test_sigterm_ends_the_worker_and_the_next_one_reads_on(
    service: Service, settings: Settings, worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    upload = service.library.queue.enqueue("local", "chronicle.txt", TEXT)
    until(lambda: has_begun(service))
    worker.terminate()
    assert worker.wait(20) == 0
    assert has_begun(service)
    assert state_of(service, upload).status == "waiting"
    next_one = Supervisor(settings)
    try:
        until(lambda: state_of(service, upload).status == "done")
    finally:
        next_one.stop()
    assert service.show("chronicle").state_checksum == uninterrupted(service, tmp_path / "whole")


@posix
def test_a_worker_that_is_killed_is_replaced_and_the_reading_goes_on(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    upload = service.library.queue.enqueue("local", "chronicle.txt", TEXT)
    supervisor = Supervisor(settings)
    try:
        until(lambda: has_begun(service))
        killed = supervisor.process.pid
        os.kill(killed, signal.SIGKILL)
        until(lambda: state_of(service, upload).status == "done")
        assert supervisor.process.pid != killed
    finally:
        supervisor.stop()
    assert supervisor.process.poll() is not None
    assert service.show("chronicle").state_checksum == uninterrupted(service, tmp_path / "whole")


def test_a_file_that_kills_its_worker_again_and_again_is_failed_and_named(service: Service) -> None:
    queue = service.library.queue
    upload = queue.enqueue("local", "poison.txt", b"A text.")
    for number in range(MOST_TRIES):
        assert queue.claim(f"dead {number}", [f"dead {number - 1}"]) is not None
    queue.say_goodbye(f"dead {MOST_TRIES - 1}")
    with working(service):
        until(lambda: state_of(service, upload).status == "failed")
    failed = state_of(service, upload)
    assert failed.message.startswith(
        "poison.txt could not be read: the program that reads ended 10"
    )
    assert failed.fault == "Died"
    assert service.list() == ()
    assert queue.resume("local", upload.id)  # its bytes were kept
    with working(service):
        until(lambda: state_of(service, upload).status == "done")


def test_a_stop_on_purpose_does_not_count_against_an_upload(service: Service) -> None:
    upload = service.library.queue.enqueue("local", "chronicle.txt", TEXT)
    with working(service):
        until(lambda: has_begun(service))
    assert (state_of(service, upload).status, state_of(service, upload).tries) == ("waiting", 0)


def test_dismissed_uploads_are_remembered(tmp_path: Path) -> None:
    assert Marks(tmp_path).dismissed() == frozenset()
    Marks(tmp_path).dismiss("abc")
    assert Marks(tmp_path).dismissed() == {"abc"}


def test_a_folder_with_an_app_of_its_own_does_not_become_the_worker(
    service: Service, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.py").write_text("raise SystemExit('another program')")
    monkeypatch.chdir(tmp_path)
    upload = service.library.queue.enqueue("local", "a.txt", b"A short text.")
    supervisor = Supervisor(settings)
    try:
        until(lambda: state_of(service, upload).status == "done")
    finally:
        supervisor.stop()


@posix
def test_a_worker_that_cannot_be_started_is_tried_again(settings: Settings) -> None:
    supervisor = Supervisor(settings)
    try:
        settings.logs.rename(settings.home / "away")
        settings.logs.write_text("a file where the folder should be")
        first = supervisor.process
        os.kill(first.pid, signal.SIGKILL)
        time.sleep(2.5)  # it has been looked at and tried in vain
        assert supervisor.process is first
        settings.logs.unlink()
        until(lambda: supervisor.process is not first)
    finally:
        supervisor.stop()


def test_a_document_deleted_while_it_is_read_ends_its_upload_quietly(service: Service) -> None:
    upload = service.library.queue.enqueue("local", "chronicle.txt", TEXT)
    with working(service):
        until(lambda: has_begun(service))
        service.delete("chronicle")
        until(lambda: state_of(service, upload).status != "running")
    assert upload.id in Marks(service.settings.home).dismissed()
    assert "`" not in state_of(service, upload).message
    assert service.list() == ()


def test_a_worker_whose_settings_are_not_sound_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READONCE_HOME", "~nosuchuser/x")
    ended = subprocess.run(
        [sys.executable, "-m", "app.worker"], stdin=subprocess.PIPE, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("READONCE_HOME is ~nosuchuser/x")
    assert "Traceback" not in ended.stderr


@posix
@pytest.mark.usefixtures("library_file")
def test_a_library_that_is_unavailable_ends_the_worker_and_not_the_upload(
    service: Service, settings: Settings, library_file: Path
) -> None:
    upload = service.library.queue.enqueue("local", "chronicle.txt", TEXT)
    with service.library._database.reading() as library:
        pages = library.exec_driver_sql("PRAGMA page_count").scalar_one()

    def fill_up(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 60}")

    with open_service(settings) as full:
        event.listen(full.library._database.engine, "checkout", fill_up)
        with pytest.raises(LibraryUnavailable, match="is full: make room"):
            work(full, new_hand(settings, "full", threading.Event()))
    assert (state_of(service, upload).status, state_of(service, upload).tries) == ("waiting", 0)
    with working(service):
        until(lambda: state_of(service, upload).status == "done")
    assert service.show("chronicle").finished


@posix
def test_the_page_can_say_why_the_worker_ended(settings: Settings, library_file: Path) -> None:
    settings.home.mkdir()
    library_file.write_bytes(b"no library" * 500)
    supervisor = Supervisor(settings)
    try:
        until(lambda: "is not a library of readonce" in supervisor.complaint)
    finally:
        supervisor.stop()
