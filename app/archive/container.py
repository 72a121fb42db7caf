"""The zip file of an archive, opened as what it is: bytes of unknown origin."""

from __future__ import annotations

import errno
import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from app.archive.manifest import FORMAT, MANIFEST, NAME, VERSION, Entry, Manifest
from app.errors import BadArchive

_MEGABYTE = 1024 * 1024
LONGEST = {
    "text": 256 * _MEGABYTE,
    "layout": 64 * _MEGABYTE,
    "passages": 256 * _MEGABYTE,
    "original": 512 * _MEGABYTE,
    "snapshot": 256 * _MEGABYTE,
    "checkpoint": 256 * _MEGABYTE,
    "embedding": 256 * _MEGABYTE,
    "conversation": 512 * _MEGABYTE,
    "salience": 256 * _MEGABYTE,
}
"""The most bytes of an entry, by its role; of any other role, as many as of an original."""
LONGEST_MANIFEST = 64 * _MEGABYTE
LONGEST_DIRECTORY = 16 * _MEGABYTE
RATIO = 100
"""How many times its packed size an entry may have: text has 3 to 10."""

_BLOCK = 1 << 20
_END = b"PK\x05\x06"
_NOT_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    UnicodeDecodeError,
    OverflowError,
    ValueError,
)


def refused(path: Path, why: str) -> BadArchive:
    """The error for a file that will not be imported, and what to do."""
    return BadArchive(f"{path.name} was not imported: {why}. Export it again, or fetch it again.")


@dataclass(frozen=True, slots=True)
class Container:
    """An open archive whose list of entries was checked; their bytes are, each time they are read.

    damaged turns what zipfile raises into BadArchive.
    """

    path: Path
    archive: zipfile.ZipFile
    manifest: Manifest

    def content(self, entry: Entry) -> bytes:
        """The bytes of an entry, once they are found to be those of the manifest."""
        content = b"".join(self._blocks(entry.name, entry.bytes))
        if len(content) != entry.bytes or hashlib.sha256(content).hexdigest() != entry.sha256:
            raise refused(self.path, f"{entry.name} is damaged")
        return content

    def check(self, entry: Entry) -> None:
        """See that an entry is whole without holding it in memory."""
        digest, size = hashlib.sha256(), 0
        for block in self._blocks(entry.name, entry.bytes):
            digest.update(block)
            size += len(block)
        if size != entry.bytes or digest.hexdigest() != entry.sha256:
            raise refused(self.path, f"{entry.name} is damaged")

    def _blocks(self, name: str, most: int) -> Iterator[bytes]:
        with _understood(self.path), self.archive.open(name) as file:
            left = most + 1
            while left > 0 and (block := file.read(min(_BLOCK, left))):
                left -= len(block)
                yield block


@contextmanager
def opened(path: Path) -> Iterator[Container]:
    """Open an archive and check all that can be checked before an entry is read.

    Raises BadArchive, or OSError where there is no file that can be read.
    """
    _check_directory(path)
    with _understood(path):
        archive = zipfile.ZipFile(path)
    with archive:
        sizes = _sizes(path, archive)
        manifest = _manifest(path, archive)
        _compare(path, sizes, manifest)
        yield Container(path, archive, manifest)


@contextmanager
def _understood(path: Path) -> Iterator[None]:
    try:
        yield
    except BadArchive:
        raise
    except _NOT_ZIP as error:
        raise refused(path, "it is cut off, damaged, or no archive of readonce") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a damaged place before the beginning of the file
            raise
        raise refused(path, "it is damaged") from error


def _check_directory(path: Path) -> None:
    """Refuse a list of files that would fill the memory before one of them is looked at."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 65_557))
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise refused(path, "it is cut off, or no archive of readonce")
    (directory,) = struct.unpack_from("<I", tail, at + 12)
    if b"PK\x06\x07" in tail[max(0, at - 20) : at] or directory > LONGEST_DIRECTORY:
        raise refused(path, "it lists more files than any archive of readonce")


def _sizes(path: Path, archive: zipfile.ZipFile) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for info in archive.infolist():
        if info.filename in sizes or not re.fullmatch(NAME[1:-1], info.filename):
            raise refused(path, "it holds a file with a name that no archive of readonce has")
        if info.flag_bits & 1 or info.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise refused(path, "it is locked with a password or packed in an unknown way")
        if info.file_size > RATIO * max(info.compress_size, 1):
            raise refused(path, "it would grow beyond all measure when unpacked")
        sizes[info.filename] = info.file_size
    return sizes


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    with _understood(path):
        if MANIFEST not in archive.namelist():
            raise refused(path, "it has no list of what it holds")
        with archive.open(MANIFEST) as file:
            content = file.read(LONGEST_MANIFEST + 1)
    if len(content) > LONGEST_MANIFEST:
        raise refused(path, "its list of what it holds is too long")
    _check_version(path, content)
    try:
        return Manifest.model_validate_json(content)
    except (ValidationError, RecursionError) as error:
        raise refused(path, "its list of what it holds cannot be understood") from error


def _check_version(path: Path, content: bytes) -> None:
    try:
        told = json.loads(content)
        named, version = told["format"], told["version"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise refused(path, "its list of what it holds cannot be understood") from error
    if named != FORMAT:
        raise refused(path, "it is no archive of readonce")
    if isinstance(version, int) and version > VERSION:
        raise BadArchive(
            f"{path.name} was written by a newer readonce (format {str(version)[:20]}, this one "
            f"knows {VERSION}): upgrade readonce to import it."
        )


def _compare(path: Path, sizes: dict[str, int], manifest: Manifest) -> None:
    """The files that are there must be those that the manifest lists, each once."""
    listed = [entry for document in manifest.documents for entry in document.entries]
    names = [entry.name for entry in listed]
    if len(set(names)) != len(names) or {*names, MANIFEST} != set(sizes):
        raise refused(path, "what it holds is not what its list says")
    for entry in listed:
        if entry.bytes != sizes[entry.name]:
            raise refused(path, f"{entry.name} is damaged")
        if entry.bytes > LONGEST.get(entry.role, LONGEST["original"]):
            raise refused(path, f"{entry.name} is larger than anything that readonce keeps")
