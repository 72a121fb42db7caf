"""Several processes at one document: two that read it, three workers, one thought dead."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.service import Service, open_service
from app.settings import Settings
from app.supervisor import child_environment
from app.watching import Watch
from app.worker import new_hand, work
from pipelines.document import Upload
from storage.library import open_library
from storage.work import JobRecord
from tests.app.dying import digest
from tests.app.making import lines_of, long_text, start
from tests.app.test_worker import has_begun, state_of, until
from tests.storage.soundness import complaints

OLD = Upload("chronicle.txt", long_text(300).encode())
NEW = Upload("chronicle.txt", (long_text(40) + "\n\n" + long_text(600)).encode())

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "app.worker"],
        stdin=subprocess.PIPE,
        env={**os.environ, **child_environment(settings)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def undisturbed(settings: Settings, tmp_path: Path) -> str:
    """A digest of the library in which one process read the old and then the new version."""
    whole = settings.model_copy(update={"home": tmp_path / "whole"})
    whole.home.mkdir()
    with Service(whole, open_library(whole.library_url)) as service:
        for upload in (OLD, NEW):
            list(service.add(upload))
    return digest(whole.home / "library.db", but=("job", "receipt"))


def assert_sound(service: Service, undisturbed: str) -> None:
    path = service.settings.home / "library.db"
    service.library._database.engine.dispose()
    assert complaints(path) == []
    assert len(service.list()) == 1
    assert service.show("chronicle").version == 2
    assert digest(path, but=("job", "receipt")) == undisturbed


@posix
def test_two_commands_that_add_the_same_new_version_both_succeed(
    service: Service, settings: Settings, tmp_path: Path, undisturbed: str
) -> None:
    list(service.add(OLD))
    file = tmp_path / NEW.name
    file.write_bytes(NEW.content)
    both = [start(settings, "add", str(file), "--json") for _ in range(2)]
    told = [lines_of(process.communicate(timeout=200)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert len({line["state_checksum"] for (line,) in told}) == 1
    assert {line["id"] for (line,) in told} == {service.show("chronicle").id}
    assert_sound(service, undisturbed)


@posix
def test_three_workers_and_one_upload_make_one_document(
    service: Service, settings: Settings, undisturbed: str
) -> None:
    list(service.add(OLD))
    with ExitStack() as workers:
        for _ in range(3):
            workers.enter_context(worker(settings))
        upload = service.library.queue.enqueue("local", NEW.name, NEW.content)
        until(lambda: state_of(service, upload).status == "done", seconds=200)
    assert_sound(service, undisturbed)


@posix
def test_a_worker_that_wakes_after_being_thought_dead_changes_nothing(
    service: Service, settings: Settings, undisturbed: str
) -> None:
    list(service.add(OLD))
    upload = service.library.queue.enqueue("local", NEW.name, NEW.content)
    with worker(settings) as zombie:
        until(lambda: any(v.tokens_read for v in service.unread_versions().values()))
        until(lambda: stopped_between_writes(zombie, settings))
        if state_of(service, upload).status == "done":
            pytest.fail("the worker was stopped too late to prove anything")
        read_by_another(settings, upload)
        zombie.send_signal(signal.SIGCONT)
        assert zombie.stdin is not None
        text = b"What the woken worker reads next."
        after = service.library.queue.enqueue("local", "after.txt", text)
        until(lambda: state_of(service, after).status == "done")
        zombie.stdin.close()
        assert zombie.wait(30) == 0
    assert state_of(service, upload).status == "done"
    service.delete("after")
    assert_sound(service, undisturbed)


def stopped_between_writes(process: subprocess.Popen[bytes], settings: Settings) -> bool:
    """Stop a process, but let it go on where it holds the lock that all others would wait for."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)  # a signal takes a moment to arrive
    with closing(sqlite3.connect(settings.home / "library.db", timeout=0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            return False
    return True


def read_by_another(settings: Settings, upload: JobRecord) -> None:
    """Read an upload as a worker does in whose eyes others are silent for long."""
    stop = threading.Event()
    hand = new_hand(settings, "successor", stop)
    hand = replace(hand, watch=Watch(lambda: time.monotonic() * 30))
    with open_service(settings) as other:
        thread = threading.Thread(target=work, args=(other, hand))
        thread.start()
        until(lambda: state_of(other, upload).status == "done")
        stop.set()
        thread.join()


@posix
def test_control_c_ends_in_a_sentence_and_the_next_command_goes_on(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    long = Upload(NEW.name, long_text(2_400).encode())  # more than is read before the signal comes
    file = tmp_path / long.name
    file.write_bytes(long.content)
    process = start(settings, "add", str(file), "--json")
    until(lambda: has_begun(service))
    process.send_signal(signal.SIGINT)
    (told,) = lines_of(process.communicate(timeout=60)[0])
    assert (process.returncode, told["kind"]) == (130, "Interrupted")
    assert "What was read so far is kept" in told["error"]
    (part,) = service.list()
    assert 0 < part.tokens_read < part.tokens
    *_, last = service.add(long)
    assert last.tokens == part.tokens - part.tokens_read
    assert complaints(settings.home / "library.db") == []
