"""Damaged pages of the library's file: found and mended, or refused with a sentence."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from app.service import open_service
from app.settings import Settings
from app.verifying import find_damage, repair
from storage.errors import LibraryDamaged
from tests.app.damaging import TITLE, copied, flip, prepared, rows
from tests.app.making import lines_of, run

PAGE = 4096
EXTRAS = {"worker", "anchor", "backdrop"}
"""Nothing tells that these were there: a worker marks itself again, a lost anchor costs a later
version time, a lost backdrop a model that writes a reading."""
LISTED = {"batch", "job", "conversation", "conversation_document", "turn"}
"""Of these the note of the repair tells to look what is not listed any more."""
KINDS = ("zeroed", "header", "bits")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, reader_folder: Path) -> Path:
    home = tmp_path_factory.mktemp("prepared")
    return prepared(Settings(home=home, model=reader_folder))


def spoil(path: Path, page: int, kind: str, chance: random.Random) -> None:
    raw, at = bytearray(path.read_bytes()), page * PAGE
    if kind == "zeroed":
        raw[at : at + PAGE] = bytes(PAGE)
    elif kind == "header":
        raw[at + chance.randrange(8)] ^= 0xFF
    else:
        for _ in range(8):
            raw[at + chance.randrange(PAGE)] ^= 1 << chance.randrange(8)
    path.write_bytes(raw)


@pytest.mark.parametrize("count", [12, pytest.param(400, marks=pytest.mark.slow)])
def test_a_damaged_page_is_mended_or_what_it_cost_is_named(
    tmp_path: Path, library: Path, reader_folder: Path, count: int
) -> None:
    chance, before = random.Random(count), rows(library)
    pages = library.stat().st_size // PAGE
    mended = 0
    for number in range(count):
        path = copied(library, tmp_path / str(number))
        spoil(path, chance.randrange(1, pages), chance.choice(KINDS), chance)
        try:
            with open_service(Settings(home=path.parent, model=reader_folder)) as service:
                found = find_damage(service, None)
                notes = list(repair(service, found, None)) if found else []
                left = find_damage(service, None)
        except LibraryDamaged:
            continue  # the tables' own list is gone: only a backup helps
        now = rows(path)
        missing_is_told = any("not listed any more" in note.sentence for note in notes)
        told = EXTRAS | LISTED if missing_is_told else EXTRAS
        same = all(now[name] == before[name] for name in before if name not in told)
        differ = [name for name in before if now[name] != before[name]]
        lost = {damage.kind for damage in (*found, *left)} & {"original"}
        assert same or lost or left, f"page damaged in case {number}: {found} {differ}"
        mended += bool(found) and same
    assert mended > 0


def test_a_file_without_its_first_page_is_named_and_left_as_it_is(
    tmp_path: Path, library: Path, reader_folder: Path
) -> None:
    path = copied(library, tmp_path / "home")
    spoil(path, 0, "zeroed", random.Random(0))
    raw = path.read_bytes()
    settings = Settings(home=path.parent, model=reader_folder)
    refused = run(settings, "verify", "--repair", "--json")
    assert refused.returncode == 1
    assert lines_of(refused.stdout)[0]["kind"] == "LibraryDamaged"
    assert path.read_bytes() == raw


def test_the_command_names_damage_and_mends_it(
    tmp_path: Path, library: Path, reader_folder: Path
) -> None:
    path = copied(library, tmp_path / "home")
    flip(path, "passage", "text")
    settings = Settings(home=path.parent, model=reader_folder)
    found = run(settings, "verify", TITLE, "--json")
    (told,) = lines_of(found.stdout)
    assert (found.returncode, told["sound"]) == (1, False)
    assert all(each["meaning"].endswith(".") for each in told["damaged"])
    mended = run(settings, "verify", "--repair")
    assert (mended.returncode, "Mended." in mended.stdout) == (0, True)
    assert rows(path) == rows(library)
