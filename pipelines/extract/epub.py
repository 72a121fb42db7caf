"""E-books: the documents of the spine in the order of reading, each of them a page.

The spine is the order that the book itself states (OPF). Paths inside the archive are looked up
in its list of parts and never touch a disk.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from lxml import etree

from pipelines.document import Document, Upload
from pipelines.errors import UnreadableFile
from pipelines.extract.archive import Archive, opened
from pipelines.extract.limits import Limits, check_size
from pipelines.extract.markup import parsed, walked
from pipelines.extract.parts import PageBreak, Piece, assembled, plain
from pipelines.extract.text import stem

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml"}
# In HTML only these end by themselves; XHTML may write <title/>, which HTML reads as <title>.
_CLOSED_TAG = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)\b)"
    r"([A-Za-z][\w:.-]*)((?:\s[^<>]*?)?)/>"
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w-]{2,40})")
_MOST_PAGES = 20_000


def extract_epub(upload: Upload, limits: Limits) -> Document:
    """The text of an e-book; documents of its spine that cannot be read are pages without text."""
    check_size(upload, "e-books", limits.archive_bytes, "archive_bytes")
    with opened(upload, limits) as archive:
        package_part = _package_part(archive)
        package = archive.xml(package_part)
        spine = _spine(archive, package, posixpath.dirname(package_part))
        _check_protection(archive, spine)
        title = " ".join(plain("".join(_texts(package, "title")[:1])).split())
        return assembled(upload, title or stem(upload), _pieces(archive, spine))


def _package_part(archive: Archive) -> str:
    for root in archive.xml(_CONTAINER).iter("{*}rootfile"):
        path = root.get("full-path") or ""
        if path in archive:
            return path
    raise UnreadableFile(f"{archive.name} is an e-book that names no contents. Download it again.")


def _spine(archive: Archive, package: etree._Element, folder: str) -> tuple[str, ...]:
    """The parts to read, in order and each once, as the standard has it.

    What is missing stays in its place. A book that named one part a thousand times would be a
    thousand times its size.
    """
    parts = {
        item.get("id"): _inside(folder, item.get("href") or "")
        for item in package.iter("{*}item")
        if (item.get("media-type") or "").lower() in _PAGES
    }
    listed = [parts.get(item.get("idref")) for item in package.iter("{*}itemref")]
    spine = tuple(dict.fromkeys(part for part in listed if part))[:_MOST_PAGES]
    if not spine:
        raise UnreadableFile(f"{archive.name} is an e-book without any page. Download it again.")
    return spine


def _inside(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _check_protection(archive: Archive, spine: Sequence[str]) -> None:
    """Refuse a book whose pages are encrypted; fonts often are, and nobody reads those."""
    if _ENCRYPTION not in archive:
        return
    references = archive.xml(_ENCRYPTION).iter("{*}CipherReference")
    locked = {_inside("", reference.get("URI") or "") for reference in references}
    if locked & set(spine):
        raise UnreadableFile(
            f"{archive.name} is protected against copying (DRM), so its text cannot be read. "
            "Choose a copy without protection."
        )


def _texts(package: etree._Element, tag: str) -> list[str]:
    return ["".join(str(text) for text in node.itertext()) for node in package.iter(f"{{*}}{tag}")]


def _pieces(archive: Archive, spine: Sequence[str]) -> Iterator[Piece]:
    for number, part in enumerate(spine):
        if number:
            yield PageBreak()
        try:
            html = _CLOSED_TAG.sub(r"<\1\2></\1>", _decoded(archive.read(part)))
            pieces = list(walked(parsed(archive.name, html).body))
        except UnreadableFile:  # one page that is damaged or missing costs that page only
            continue
        yield from pieces


def _decoded(content: bytes) -> str:
    """An XML text in the encoding it declares, by default UTF-8; wrong bytes become U+FFFD."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    declared = _DECLARED.match(content)
    try:
        return content.decode(declared[1].decode("ascii") if declared else "utf-8-sig", "replace")
    except (LookupError, ValueError):  # some codecs of Python are not for texts
        return content.decode("utf-8", "replace")
