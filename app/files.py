"""From paths on the disk to uploads."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from app.adding import content_hash
from pipelines.document import Upload
from pipelines.errors import BeyondLimit, UnreadableFile
from pipelines.extract.limits import Limits

_MEGABYTE = 1024 * 1024
_NOT_WAITED_FOR = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def load(path: Path, limits: Limits) -> Upload:
    """The file at a path; UnreadableFile, BeyondLimit or OSError where none can be read there.

    What is larger than anything that is read is refused before it fills the memory. A pipe or a
    device is refused unopened, and also where it takes the place of the file at the last moment.
    """
    _check_kind(path, path.stat())
    with open(path, "rb", buffering=0, opener=_opened) as file:
        now = os.fstat(file.fileno())
        _check_kind(path, now)
        most = limits.largest
        # One that grows while it is read, or says that it is empty and is not, ends there too.
        content = b"" if now.st_size > most else _read(file.fileno(), most + 1)
    size = max(now.st_size, len(content))
    if size > most:
        raise BeyondLimit(
            f"{path.name} has {size / _MEGABYTE:,.1f} MB, and no file over {most / _MEGABYTE:g} MB"
            " is read. Split it into smaller files and add them one by one.",
            "pdf_bytes",
        )
    return Upload(_written(path.name), content)


def walk(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named and those in the folders named, in order; hidden ones only when named.

    A link to a folder is followed only when it is named, so no loop of links can be endless. A
    folder that may not be looked into is given itself: load says why.
    """
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
    """The files of a folder before those of the folders in it; however deep they lie."""
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            with os.scandir(current) as found:
                entries = sorted((e for e in found if e.name[0] != "."), key=lambda e: e.name)
        except OSError:
            yield current
            continue
        yield from (Path(e.path) for e in entries if not _is_folder(e))
        waiting += (Path(e.path) for e in reversed(entries) if e.is_dir(follow_symlinks=False))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether this is a folder or a link to one."""
    with suppress(OSError):
        return entry.is_dir()
    return False


def _check_kind(path: Path, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        os.listdir(path)  # raises what keeps us out of it, where anything does
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableFile(f"{path} is not a file. Name a file, or a folder that holds files.")


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | _NOT_WAITED_FOR)


def _read(descriptor: int, most: int) -> bytes:
    with open(descriptor, "rb", closefd=False) as file:
        return file.read(most)


def _written(name: str) -> str:
    """The name without bytes that are no characters: a folder may hold such names."""
    return os.fsencode(name).decode("utf-8", "replace")
