from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.files import load, walk
from pipelines.errors import UnreadableFile
from pipelines.extract.limits import Limits


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
    with pytest.raises(UnreadableFile, match=r"51,200\.0 MB"):
        load(path, Limits())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableFile, match="not a file"):
        load(tmp_path / "pipe", Limits())
