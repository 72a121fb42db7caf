"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from app.errors import FileExists


@contextmanager
def written_whole(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """A path to write to; what is there at the end is put in place, unless the block fails.

    Raises FileExists where something is at the place and overwrite is not set.
    """
    _require_free(path, overwrite=overwrite)
    new = path.with_name(f".{path.name[:100]}.{uuid4().hex[:8]}.new")
    try:
        yield new
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        _require_free(path, overwrite=overwrite)
        new.replace(path)
        _sync_folder(path.parent)
    finally:
        new.unlink(missing_ok=True)


def _require_free(path: Path, *, overwrite: bool) -> None:
    if path.is_dir():
        raise FileExists(f"{path} is a folder: name a file in it.")
    if path.exists() and not overwrite:
        raise FileExists(f"{path} is there already: name another file, or say --overwrite.")


def _sync_folder(folder: Path) -> None:
    """Make the new name outlast a loss of power, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
