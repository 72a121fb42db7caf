"""A backup is one moment of the library, whole, whoever writes meanwhile."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from storage.errors import LibraryDamaged, LibraryUnavailable
from storage.library import Library, open_library
from tests.storage.making import add, checkpoint, holding, open_at, snapshot, url_of
from tests.storage.soundness import complaints


def test_a_backup_while_others_write_is_one_sound_moment(tmp_path: Path) -> None:
    stop = threading.Event()
    with open_at(tmp_path) as library:
        add(library, "the first ", "document")
        writer = threading.Thread(target=write_on, args=(tmp_path, stop))
        writer.start()
        try:
            for number in range(6):
                before = len(library.list("ann"))
                copy = tmp_path / f"{number}.db"
                library.care.back_up(copy)
                assert complaints(copy) == []
                with open_library(url_of(copy)) as opened:
                    held = opened.list("ann")
                # The writer deletes one now and then, so either end may be one too many.
                assert before - 1 <= len(held) <= len(library.list("ann")) + 1
        finally:
            stop.set()
            writer.join()
        assert len(library.list("ann")) > 6, "the writer wrote too little to prove anything"


def write_on(folder: Path, stop: threading.Event) -> None:
    with open_at(folder) as library:
        for number in count():
            if stop.is_set():
                return
            record = add(library, f"text {number} " * 200, "and more", title=f"No. {number}")
            library.readings.save(record.id, checkpoint(20), snapshot(10), 1.0)
            if number % 5 == 4:
                library.delete("ann", record.id)


def test_a_backup_is_restored_whole(tmp_path: Path, library: Library) -> None:
    record = add(library, "kept ", "text")
    library.readings.save(record.id, checkpoint(20), snapshot(10), 1.0)
    kept = library.find("ann", record.id)
    library.care.back_up(tmp_path / "copy.db")
    library.delete("ann", record.id)
    later = add(library, "written later")
    library.care.restore(tmp_path / "copy.db")
    assert library.list("ann") == (kept,)
    assert library.text(kept.id) == "kept text"
    assert holding(library, kept.id, "kept") == [0]
    assert later.id not in {each.id for each in library.list("ann")}
    assert complaints(tmp_path / "library.db") == []


def test_a_damaged_backup_is_refused_before_anything_changes(
    tmp_path: Path, library: Library
) -> None:
    record = add(library, "text " * 5000)
    copy = tmp_path / "copy.db"
    library.care.back_up(copy)
    raw = bytearray(copy.read_bytes())
    raw[4096 * 8 : 4096 * 9] = bytes(4096)
    copy.write_bytes(raw)
    for content in (bytes(raw), b"no library at all" * 100):
        copy.write_bytes(content)
        with pytest.raises(LibraryDamaged):
            library.care.restore(copy)
    assert library.list("ann") == (record,)


def test_a_backup_of_a_newer_program_is_refused_before_anything_changes(
    tmp_path: Path, library: Library
) -> None:
    record = add(library, "text")
    copy = tmp_path / "copy.db"
    library.care.back_up(copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LibraryUnavailable, match="upgrade readonce"):
        library.care.restore(copy)
    assert library.list("ann") == (record,)
