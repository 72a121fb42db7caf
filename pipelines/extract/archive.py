"""The only door to zip archives (DOCX, EPUB, ODT) and to the XML inside them.

Everything that an archive claims is checked before any of it is unpacked, and never more of a
part is unpacked than the archive claims. Nothing is written to the disk.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from lxml import etree

from pipelines.document import Upload
from pipelines.errors import BeyondLimit, UnreadableFile
from pipelines.extract.limits import Limits

_MEGABYTE = 1024 * 1024
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# Rooted, with a drive, with backslashes or controls, or leading out of the archive.
_BAD_NAME = re.compile(r"/|[A-Za-z]:|.*[\\\x00-\x1f]|(?:.*/)?\.\.(?:/|$)", re.DOTALL)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Archive:
    """An open archive whose claims have been checked; name is the file's, for messages."""

    name: str
    parts: Mapping[str, zipfile.ZipInfo]
    part_bytes: int
    _zip: zipfile.ZipFile

    def __contains__(self, part: str) -> bool:
        return part in self.parts

    def read(self, part: str) -> bytes:
        """The bytes of a part; UnreadableFile where it is absent or damaged."""
        info = self.parts.get(part)
        if info is None:
            raise _damaged(self.name, f"its part {part} is missing")
        if info.file_size > self.part_bytes:
            raise BeyondLimit(
                f"{self.name} has a part of {info.file_size / _MEGABYTE:,.0f} MB, and parts are "
                f"read up to {self.part_bytes / _MEGABYTE:g} MB. Split it into smaller files.",
                "part_bytes",
            )
        try:
            with self._zip.open(info) as stream:
                return stream.read(info.file_size)  # unbounded, zipfile would unpack all there is
        except (*_BROKEN, ValueError) as error:  # zipfile seeks where a part claims to be
            raise _damaged(self.name, f"its part {part} cannot be unpacked") from error

    def xml(self, part: str) -> etree._Element:
        """The root of a part that is XML; UnreadableFile where that is unsafe or damaged."""
        return safe_xml(self.name, part, self.read(part))


@contextmanager
def opened(upload: Upload, limits: Limits) -> Iterator[Archive]:
    """An archive that may be unpacked; UnreadableFile, with the reason, where it may not."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(upload.content))
    except (*_BROKEN, ValueError, UnicodeDecodeError) as error:
        raise _damaged(upload.name, "its table of contents cannot be read") from error
    with archive:
        parts = _checked(upload, archive.infolist(), limits)
        yield Archive(upload.name, parts, limits.part_bytes, archive)


def safe_xml(name: str, part: str, content: bytes) -> etree._Element:
    """The root of an XML text that names no entities and fetches nothing.

    Nesting beyond 256 levels and texts over 10 MB are refused by libxml2 itself.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if b"<!ENTITY" in content:
            raise _entities(name, part) from error
        raise _damaged(name, f"its part {part} is not well-formed XML") from error
    if b"<!ENTITY" in content or next(root.iter(etree.Entity), None) is not None:
        raise _entities(name, part)
    return root


def _checked(
    upload: Upload, infos: list[zipfile.ZipInfo], limits: Limits
) -> dict[str, zipfile.ZipInfo]:
    """The files in the archive by name."""
    if len(infos) > limits.entries:
        raise _refused(
            upload.name, f"has {len(infos):,} parts", f"{limits.entries:,} parts", "entries"
        )
    for info in infos:
        _check_part(upload.name, info)
    files = {info.filename: info for info in infos if not info.is_dir()}
    if len({info.filename for info in infos}) < len(infos):
        raise _damaged(upload.name, "two of its parts have the same name")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > limits.unpacked_bytes:
        size = f"unpacks to {unpacked / _MEGABYTE:,.0f} MB"
        most = f"{limits.unpacked_bytes / _MEGABYTE:g} MB"
        raise _refused(upload.name, size, most, "unpacked_bytes")
    ratio = unpacked / max(1, len(upload.content))
    if unpacked > limits.small_bytes and ratio > limits.ratio:
        size = f"unpacks to {ratio:,.0f} times its size"
        raise _refused(upload.name, size, f"{limits.ratio} times", "ratio")
    return files


def _check_part(name: str, info: zipfile.ZipInfo) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableFile(
            f"{name} is protected by a password. Open it in the program that made it, "
            "save a copy without the password and add the copy."
        )
    if _BAD_NAME.match(info.orig_filename):
        raise _damaged(name, "a part of it is named as no program for documents names one")
    if info.compress_type not in _METHODS:
        raise _damaged(name, "a part of it is packed in a way that documents do not use")


def _refused(name: str, what: str, most: str, limit: str) -> BeyondLimit:
    return BeyondLimit(
        f"{name} {what}, and files are read up to {most}. If it is a real document, "
        "save it as PDF or split it into smaller files.",
        limit,
    )


def _entities(name: str, part: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} defines entities in its part {part}, which documents never need and attacks do. "
        "Open it in the program that made it and save it anew."
    )


def _damaged(name: str, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} is damaged: {why}. Download it again, or open it in the program that made it "
        "and save a new copy."
    )
