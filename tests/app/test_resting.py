"""A worker without work writes a large file anew after a delete, now and then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.resting import QUIET, SELDOM, Rest
from app.service import open_service
from app.settings import Settings
from app.wording import fragments
from pipelines.document import Upload
from storage.database.sqlite import SqliteDatabase
from storage.library import Library
from tests.app.making import run
from tests.storage.making import add, open_at


class Hands:
    """A clock that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def large(opened: Library) -> Library:
    file = opened._database
    assert isinstance(file, SqliteDatabase)
    return Library(replace(file, small=0), opened._clock)


def delete_one(library: Library) -> None:
    library.delete("ann", add(library, "text").id)


def test_the_file_is_written_anew_in_a_quiet_minute_and_not_again_within_the_hour(
    tmp_path: Path,
) -> None:
    clock = Hands()
    rest = Rest(clock, clock())
    with open_at(tmp_path) as opened:
        library = large(opened)
        delete_one(library)
        clock.now += QUIET - 1
        rest.is_over()
        clock.now += QUIET - 1
        assert not rest.goes_on(library)
        clock.now += 1
        assert rest.goes_on(library)
        assert not library.holds_fragments()
        delete_one(library)
        clock.now += SELDOM - 1
        assert not rest.goes_on(library)
        clock.now += 1
        assert rest.goes_on(library)
        clock.now += 2 * SELDOM
        assert not rest.goes_on(library), "nothing was deleted since"


def test_a_file_too_large_for_that_waits_for_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.library.QUIETLY", 10)
    with open_at(tmp_path) as opened:
        library = large(opened)
        delete_one(library)
        clock = Hands()
        assert not Rest(clock, 0).goes_on(library)
        assert library.holds_fragments()
    assert "worker" not in fragments(quietly=False)


def test_who_deletes_from_a_small_library_reads_nothing_of_it(settings: Settings) -> None:
    with open_service(settings) as service:
        list(service.add(Upload("a.txt", b"The ferry leaves at noon.")))
    said = run(settings, "delete", "a", "--yes")
    assert (said.returncode, said.stdout) == (0, "Deleted 'a'.\n")
