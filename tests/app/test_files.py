from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from app.files import load, walk
from pipelines.errors import BeyondLimit, UnreadableFile
from pipelines.extract.limits import Limits

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def test_a_folder_gives_its_files_in_order_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", ".c.txt", "d/e.txt", ".f/g.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    names = [path.relative_to(tmp_path).as_posix() for path in walk([tmp_path])]
    assert names == ["a.txt", "b.txt", "d/e.txt"]


def test_what_is_named_is_given_even_when_it_is_hidden_or_missing(tmp_path: Path) -> None:
    named = [tmp_path / ".hidden", tmp_path / "missing"]
    assert list(walk(named)) == named


def test_a_file_too_large_for_anything_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.truncate(50 * 1024**3)  # sparse: it takes no room, but reading it would
    with pytest.raises(BeyondLimit, match=r"51,200\.0 MB"):
        load(path, Limits())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableFile, match="not a file"):
        load(tmp_path / "pipe", Limits())


@posix
@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/tty", "/dev/random"])
def test_a_device_is_refused_unopened(path: str) -> None:
    with pytest.raises(UnreadableFile, match=f"^{path} is not a file"):
        load(Path(path), Limits())


@posix
def test_a_link_to_a_device_is_refused_and_one_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "file").symlink_to(tmp_path / "a.txt")
    (tmp_path / "device").symlink_to("/dev/zero")
    assert load(tmp_path / "file", Limits()).content == b"x"
    with pytest.raises(UnreadableFile, match="not a file"):
        load(tmp_path / "device", Limits())


@posix
def test_loops_of_links_end(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "first").symlink_to(tmp_path / "second")
    (tmp_path / "second").symlink_to(tmp_path / "first")
    names = [path.name for path in walk([tmp_path])]
    assert names == ["a.txt", "first", "second"]
    with pytest.raises(OSError, match="symbolic links"):
        load(tmp_path / "first", Limits())


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is of Linux")
def test_a_file_that_says_it_is_empty_and_is_not_is_read_no_further_than_allowed() -> None:
    assert load(Path("/proc/version"), Limits()).content.startswith(b"Linux")
    with pytest.raises(BeyondLimit):
        load(Path("/proc/cpuinfo"), Limits(pdf_bytes=100, text_bytes=10, archive_bytes=10))


@posix
def test_folders_in_folders_deeper_than_python_recurses_are_walked(tmp_path: Path) -> None:
    depth = (3_000 - len(str(tmp_path))) // 2
    deep = tmp_path
    for _ in range(depth):
        deep = deep / "d"
        deep.mkdir()
    (deep / "a.txt").write_text("x")
    try:
        assert depth > sys.getrecursionlimit()
        assert [path.name for path in walk([tmp_path])] == ["a.txt"]
    finally:  # by hand: pytest removes folders by recursion
        (deep / "a.txt").unlink()
        while deep != tmp_path:
            deep.rmdir()
            deep = deep.parent


def test_of_a_huge_folder_the_first_file_comes_at_once_and_all_come(tmp_path: Path) -> None:
    for number in range(5_000):
        (tmp_path / f"{number:05}.txt").touch()
    found = walk([tmp_path])
    assert next(found).name == "00000.txt"
    assert sum(1 for _ in found) == 4_999


@posix
def test_a_folder_that_may_not_be_looked_into_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (tmp_path / "a.txt").write_text("x")
    closed.chmod(0)
    try:
        if os.access(closed, os.R_OK):
            pytest.skip("whoever runs this may look into every folder")
        assert list(walk([tmp_path])) == [tmp_path / "a.txt", closed]
        with pytest.raises(PermissionError):
            load(closed, Limits())
    finally:
        closed.chmod(stat.S_IRWXU)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is text")
def test_a_name_that_is_no_text_is_made_one(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(path, "wb") as file:
        file.write(b"x")
    (found,) = walk([tmp_path])
    assert load(found, Limits()).name == "caf\ufffd.txt"
