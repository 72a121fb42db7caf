"""A program that is killed leaves the library as before its operation or as after it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from storage.library import Library, open_library
from tests.backends import Backend
from tests.storage.children import outcome, start
from tests.storage.making import add
from tests.storage.soundness import complaints

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")

State = tuple[tuple[str, int, int, bool], ...]

BEFORE: State = (("Before", 10, 1, False),)
ALLOWED: dict[str, tuple[State, ...]] = {
    "make": ((),),
    "add_document": (BEFORE, (("New", 0, 0, False), *BEFORE)),
    "save_reading": (BEFORE, (("Before", 20, 2, False),)),
    # finish_reading follows a save_reading: between the two both readings are there.
    "finish_reading": (BEFORE, (("Before", 30, 2, False),), (("Before", 30, 1, True),)),
    "replace": (BEFORE, (("After", 20, 2, True),)),
    "recount": (BEFORE, (("Before", 0, 0, False),)),
    "delete": (BEFORE, ()),
}


def state_of(library: Library) -> State:
    return tuple(
        (record.title, record.tokens_read, record.snapshots, record.finished)
        for record in library.list("ann")
    )


@pytest.mark.each_backend
@pytest.mark.parametrize("operation", ALLOWED)
def test_a_kill_between_any_two_statements_leaves_all_or_nothing(
    backend: Backend, tmp_path: Path, operation: str
) -> None:
    urls = outcome(start("tests.storage.crashing", backend.where(tmp_path), operation)).split()
    assert len(urls) > 3
    seen = set()
    for place, url in enumerate(urls):
        with open_library(url) as library:
            state = state_of(library)
            assert state in ALLOWED[operation], f"killed before statement {place}"
            seen.add(state)
            add(library, "life goes on", title="Later")
        assert complaints(url) == [], f"killed before statement {place}"
        backend.drop(url)
    assert state == ALLOWED[operation][-1]
    assert seen == set(ALLOWED[operation])
