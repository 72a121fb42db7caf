"""Many threads and processes share one library."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain
from pathlib import Path

import pytest

from storage.database import PATIENCE
from storage.library import Library, open_library
from tests.backends import Backend
from tests.storage.children import outcome, start
from tests.storage.crowding import THREADS
from tests.storage.making import url_of
from tests.storage.racing import RUNNERS
from tests.storage.soundness import complaints, file_of, traces

RACES = 5


@pytest.mark.each_backend
def test_two_processes_of_eight_threads_never_find_the_library_locked(url: str) -> None:
    children = [start("tests.storage.crowding", url, "5", name) for name in ("ann", "bob")]
    for child in children:
        assert int(outcome(child)) >= THREADS
    with open_library(url) as library:
        assert library.list("everybody") == ()
    assert complaints(url) == []
    if url.startswith("sqlite"):
        assert traces(file_of(url), "gamma shared") == []


@pytest.mark.each_backend
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_several_processes_make_the_same_new_library_at_once(
    backend: Backend, tmp_path: Path
) -> None:
    for number in range(RACES):
        (tmp_path / str(number)).mkdir()
    urls = [backend.url(tmp_path / str(number)) for number in range(RACES)]
    assert outcome(start("tests.storage.racing", *urls)).strip() == str(RACES * RUNNERS)
    assert [complaints(url) for url in urls] == [[]] * RACES
    backend.forget(tmp_path)


@pytest.mark.each_backend
def test_every_upload_is_claimed_by_one_worker_only(library: Library) -> None:
    uploads = {library.queue.enqueue("ann", f"{number}.pdf", b"x").id for number in range(40)}

    def claim_all(worker: str) -> list[str]:
        taken = []
        while (claimed := library.queue.claim(worker)) is not None:
            taken.append(claimed[0].id)
            library.queue.fail(claimed[0].id, "unreadable")
        return taken

    with ThreadPoolExecutor(THREADS) as pool:
        taken = list(chain(*pool.map(claim_all, map(str, range(THREADS)))))
    assert len(taken) == len(uploads)
    assert set(taken) == uploads


def test_threads_of_one_process_make_the_same_new_library_at_once(tmp_path: Path) -> None:
    def opened(number: int) -> bool:
        open_library(url_of(tmp_path / f"{number % 3}.db")).close()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(opened, range(12)))


def test_a_restored_library_waits_for_another_program_that_writes(tmp_path: Path) -> None:
    # A copy made by VACUUM INTO has no write-ahead log, and SQLite refuses to give it one while
    # another connection writes, at once and whatever the timeout.
    path = tmp_path / "copy.db"
    open_library(url_of(tmp_path / "library.db")).close()
    with closing(sqlite3.connect(tmp_path / "library.db")) as library:
        library.execute("VACUUM INTO ?", (str(path),))
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        ending = threading.Timer(0.3, other.rollback)
        ending.start()
        with open_library(url_of(path)) as restored:
            assert restored.list("ann") == ()
        ending.join()


def test_a_library_is_opened_and_read_while_another_writes(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with open_library(url_of(path)) as writer, writer._database.writing():
        started = time.monotonic()
        with open_library(url_of(path)) as reader:
            assert reader.list("ann") == ()
        assert time.monotonic() - started < PATIENCE / 3
