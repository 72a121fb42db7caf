"""Many threads and processes share one library."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.library import open_library
from tests.storage.children import outcome, start
from tests.storage.crowding import THREADS
from tests.storage.making import url_of
from tests.storage.racing import RACES, RUNNERS
from tests.storage.soundness import complaints, traces


def test_two_processes_of_eight_threads_never_find_the_library_locked(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    children = [start("tests.storage.crowding", str(path), "5", name) for name in ("ann", "bob")]
    for child in children:
        assert int(outcome(child)) >= THREADS
    with open_library(url_of(path)) as library:
        assert library.list("everybody") == ()
    assert complaints(path) == []
    assert traces(path, "gamma shared") == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_several_processes_make_the_same_new_library_at_once(tmp_path: Path) -> None:
    printed = outcome(start("tests.storage.racing", str(tmp_path)))
    assert printed.strip() == str(RACES * RUNNERS)
    assert [complaints(tmp_path / f"{number}.db") for number in range(RACES)] == [[]] * RACES


def test_threads_of_one_process_make_the_same_new_library_at_once(tmp_path: Path) -> None:
    def opened(number: int) -> bool:
        open_library(url_of(tmp_path / f"{number % 3}.db")).close()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(opened, range(12)))
