"""Whatever is wrong with the file, the user reads one sentence and never an SQL error."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from storage.errors import LibraryDamaged, LibraryUnavailable, StorageError
from storage.faults import translated
from storage.library import Library, open_library
from tests.storage.children import ROOT
from tests.storage.making import add, holding, open_at, url_of


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(LibraryDamaged, match="is a folder: name a file inside it"):
        open_library(url_of(tmp_path))


@pytest.mark.parametrize("content", [b"x", b"Dear diary,\n" * 2000, bytes(5000)], ids=len)
def test_another_kind_of_file_in_place_of_the_library(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(content)
    with pytest.raises(LibraryDamaged, match="is not a library of readonce: move that file away"):
        open_library(url_of(path))
    assert path.read_bytes() == content


def test_an_empty_file_becomes_a_library(tmp_path: Path) -> None:
    (tmp_path / "library.db").touch()
    with open_at(tmp_path) as library:
        assert library.list("ann") == ()


def test_a_damaged_library(tmp_path: Path) -> None:
    with open_at(tmp_path) as library:
        record = add(library, *(f"passage {number} " * 50 for number in range(200)))
    path = tmp_path / "library.db"
    content = path.read_bytes()
    path.write_bytes(content[:4096] + os.urandom(len(content) - 4096))
    with pytest.raises(LibraryDamaged, match="is damaged: restore it from a copy"):
        use(tmp_path, record.id)


def test_a_library_cut_short(tmp_path: Path) -> None:
    with open_at(tmp_path) as library:
        record = add(library, *(f"passage {number} " * 50 for number in range(200)))
    path = tmp_path / "library.db"
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(LibraryDamaged, match="is damaged: restore it from a copy"):
        use(tmp_path, record.id)


def test_a_library_whose_own_words_are_no_text_any_more(tmp_path: Path) -> None:
    open_at(tmp_path).close()
    path = tmp_path / "library.db"
    content = path.read_bytes()
    assert b"CREATE TABLE passage" in content
    path.write_bytes(content.replace(b"CREATE TABLE passage", b"CREATE \xa8ABLE passage"))
    with pytest.raises(LibraryDamaged, match="is damaged: restore it from a copy"):
        open_at(tmp_path)


def use(folder: Path, document_id: str) -> None:
    with open_at(folder) as library:
        library.list("ann")
        library.text(document_id)
        holding(library, document_id, "passage")


@pytest.mark.parametrize(
    "url",
    ["mysql://me:secret@host/db", "sqlite://", "no url", "", "postgresql://me:secret@host:no/db"],
)
def test_an_address_that_names_no_library(url: str) -> None:
    with pytest.raises(LibraryUnavailable, match=r"sqlite:////home/me/library\.db") as caught:
        open_library(url)
    assert "secret" not in str(caught.value)


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LibraryUnavailable, match="Name another place"):
        open_library(url_of(tmp_path / "file" / "library.db"))


AS_NOBODY = """
import os, sys
from storage.errors import StorageError
from storage.library import open_library
if os.geteuid() == 0:
    os.setuid(65534)  # root may write anything
try:
    open_library("sqlite:///" + sys.argv[1])
except StorageError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="rights work differently there")
@pytest.mark.parametrize(("of_file", "of_folder"), [(0o444, 0o777), (0o666, 0o555)])
def test_a_library_that_may_not_be_written(of_file: int, of_folder: int) -> None:
    # Not in tmp_path, whose parents are closed to the user that root turns into.
    with tempfile.TemporaryDirectory() as name:
        with open_at(Path(name)) as library:
            add(library, "text")
        path = Path(name) / "library.db"
        path.chmod(of_file)
        Path(name).chmod(of_folder)
        command = [sys.executable, "-c", AS_NOBODY, str(path)]
        printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        Path(name).chmod(0o700)
    assert printed.stdout.startswith(f"LibraryUnavailable The library {path} cannot be written")


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    with open_at(tmp_path) as library:
        record = add(library, "stored before")
        limit_pages(library, 60)
        with pytest.raises(LibraryUnavailable, match="is full: make room"):
            add(library, "x" * 1_000_000)
        assert library.list("ann") == (record,)
        assert library.text(record.id) == "stored before"


def limit_pages(library: Library, pages: int) -> None:
    """Let the file grow no further, as a full disk would."""
    engine = library._database.engine
    engine.dispose()
    event.listen(engine, "connect", lambda c, _: c.execute(f"PRAGMA max_page_count = {pages}"))


def test_a_lock_that_is_never_given_back(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    open_at(tmp_path).close()
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as holder,
        closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as waiting,
    ):
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(LibraryUnavailable, match="has been locked"), translated(path):
            waiting.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda library: library.list("ann"), id="reading"),
        pytest.param(lambda library: add(library, "text"), id="writing"),
        pytest.param(lambda library: library.scope("ann"), id="searching"),
    ],
)
def test_no_error_of_sqlalchemy_leaves_the_library(
    tmp_path: Path, call: Callable[[Library], object]
) -> None:
    with open_at(tmp_path) as library:
        with closing(sqlite3.connect(tmp_path / "library.db")) as vandal:
            vandal.execute("DROP TABLE document")
        with pytest.raises(StorageError, match="no such table"):
            call(library)
