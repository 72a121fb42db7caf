"""From paths on the disk to uploads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from app.adding import content_hash
from pipelines.document import Upload
from pipelines.errors import UnreadableFile
from pipelines.extract.limits import Limits

_MEGABYTE = 1024 * 1024


def load(path: Path, limits: Limits) -> Upload:
    """The file at a path; UnreadableFile or OSError where there is none that can be read.

    What is larger than anything that is read is refused before it fills the memory.
    """
    size = path.stat().st_size
    if path.exists() and not path.is_file():
        raise UnreadableFile(f"{path} is not a file. Name a file, or a folder that holds files.")
    most = max(limits.pdf_bytes, limits.text_bytes)
    if size > most:
        raise UnreadableFile(
            f"{path.name} has {size / _MEGABYTE:,.1f} MB, and no file over {most / _MEGABYTE:g} MB"
            " is read. Split it into smaller files and add them one by one."
        )
    return Upload(path.name, path.read_bytes())


def walk(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named and those in the folders named, in order; hidden ones only when named."""
    for path in paths:
        if path.is_dir():
            yield from _inside(path)
        else:
            yield path


def hashes_by_name(paths: Iterable[Path], limits: Limits) -> dict[str, frozenset[str]]:
    """For each name, the hashes of the files that have it; none for a name that is there once."""
    by_name: dict[str, set[Path]] = {}
    for path in paths:
        by_name.setdefault(path.name, set()).add(path)
    return {
        name: frozenset(_hashes(alike, limits)) if len(alike) > 1 else frozenset()
        for name, alike in by_name.items()
    }


def _hashes(paths: Iterable[Path], limits: Limits) -> Iterator[str]:
    for path in paths:
        with suppress(UnreadableFile, OSError):  # told when its turn comes
            yield content_hash(load(path, limits).content)


def _inside(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))
