"""What a file is, judged by its content; the extension only tells Markdown from plain text."""

import re
from pathlib import PurePath
from typing import Literal

from pipelines.document import Upload
from pipelines.errors import UnsupportedFile

Kind = Literal["pdf", "docx", "odt", "epub", "html", "rtf", "markdown", "text"]

READABLE = "PDF, Word (DOCX), OpenDocument (ODT), EPUB, HTML, RTF, Markdown and plain text"

BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

_MARKDOWN = {".md", ".markdown"}

# Formats that are text inside, so that no byte of them looks binary.
_MARKED_TEXT = ((re.compile(rb"%!PS"), "a PostScript file"),)

_RTF = re.compile(rb"\{\\rtf")
_HTML = re.compile(
    rb"(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,400}?-->\s*){0,3}(?:<!doctype html|<html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_HTML_NAMES = {".html", ".htm", ".xhtml"}
_TAG = re.compile(rb"<(?:p|div|body|head|h[1-6]|table|article|section|title|meta)\b", re.IGNORECASE)

# An archive that is a document says so by what its first entry is or by its parts' names.
_EPUB = re.compile(rb"PK\x03\x04.{26}mimetypeapplication/epub\+zip", re.DOTALL)
_ODT = re.compile(
    rb"PK\x03\x04.{26}mimetype\S{0,20}?application/vnd\.oasis\.opendocument\.text", re.DOTALL
)

_BINARY = (
    (
        re.compile(rb"PK\x03\x04.{26}mimetype\S*opendocument", re.DOTALL),
        "an OpenDocument file",
    ),
    (re.compile(rb"PK(\x03\x04|\x05\x06)"), "a ZIP archive"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an old Microsoft Office file (DOC, XLS)"),
    (re.compile(rb"\x89PNG"), "a picture (PNG)"),
    (re.compile(rb"\xff\xd8\xff"), "a picture (JPEG)"),
    (re.compile(rb"GIF8[79]a"), "a picture (GIF)"),
    (re.compile(rb"II\*\0|MM\0\*"), "a picture (TIFF)"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "a picture (WebP)"),
    (re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL), "a picture (BMP)"),
    (re.compile(rb"\x1f\x8b"), "a gzip archive"),
    (re.compile(rb"BZh[1-9]1AY&SY"), "a bzip2 archive"),
    (re.compile(rb"\xfd7zXZ\0"), "an xz archive"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "a 7-Zip archive"),
    (re.compile(rb"Rar!\x1a\x07"), "a RAR archive"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "a Zstandard archive"),
    (re.compile(rb"\x7fELF"), "a program (ELF)"),
    (re.compile(rb"MZ.{30}", re.DOTALL), "a Windows program"),
    (re.compile(rb"\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe"), "a program (Mach-O or Java)"),
    (re.compile(rb"SQLite format 3\0"), "an SQLite database"),
    (re.compile(rb"ID3|\xff\xfb|RIFF.{4}WAVE|OggS|fLaC", re.DOTALL), "a sound file"),
    (re.compile(rb".{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI ", re.DOTALL), "a video"),
)

# A zip of Microsoft Office says what it holds by the names of its parts, kept as plain bytes.
_OFFICE = (
    (b"xl/workbook.xml", "an Excel workbook (XLSX)"),
    (b"ppt/presentation.xml", "a PowerPoint presentation (PPTX)"),
)

# Office keeps a locked document in a container of the old kind, with this name in it.
_LOCKED = "EncryptedPackage".encode("utf-16-le")

_SAMPLE = 64 * 1024
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_MOST_CONTROLS = 0.02


def sniff(upload: Upload) -> Kind:
    """The kind of file; UnsupportedFile names what it is otherwise."""
    content = upload.content
    kind = _by_content(upload)
    if kind:
        return kind
    other = _format_of(content)
    if other:
        raise UnsupportedFile(
            f"{upload.name} is {other}, which cannot be read yet: {READABLE} can. "
            "Save or export it as one of these and add that."
        )
    return "markdown" if PurePath(upload.name).suffix.lower() in _MARKDOWN else "text"


def _by_content(upload: Upload) -> Kind | None:
    """The kind that the content itself declares, None where it declares none that is read."""
    content = upload.content
    if _is_pdf(content):
        return "pdf"
    if content.startswith(b"PK"):
        return _archive_kind(content)
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if _RTF.match(start):
        return "rtf"
    named = PurePath(upload.name).suffix.lower() in _HTML_NAMES
    return "html" if _HTML.match(start) or (named and _TAG.search(content[:_SAMPLE])) else None


def _archive_kind(content: bytes) -> Kind | None:
    if _EPUB.match(content) or (b"META-INF/container.xml" in content and b".opf" in content):
        return "epub"
    if _ODT.match(content):
        return "odt"
    return "docx" if b"word/document.xml" in content else None


def _is_pdf(content: bytes) -> bool:
    """Whether the mark is there, and not in a text that speaks of PDF."""
    head = content[:1024]
    return head.lstrip().startswith(b"%PDF") or (b"%PDF-" in head and _is_binary(content[:_SAMPLE]))


def _format_of(content: bytes) -> str:
    """What the content is, "" where it is text."""
    if any(content.startswith(mark) for mark, _ in BYTE_ORDER_MARKS):
        return ""
    start = content[:1024].lstrip()
    for pattern, name in _MARKED_TEXT:
        if pattern.match(start):
            return name
    return _binary_format(content) if _is_binary(content[:_SAMPLE]) else ""


def _is_binary(sample: bytes) -> bool:
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return b"\0" in sample or controls > _MOST_CONTROLS * len(sample)


def _binary_format(content: bytes) -> str:
    if content.startswith(b"\xd0\xcf\x11\xe0") and _LOCKED in content:
        return "an Office file protected by a password"
    if content.startswith(b"PK"):
        for part, name in _OFFICE:
            if part in content:
                return name
    for pattern, name in _BINARY:
        if pattern.match(content):
            return name
    return "a binary file (not text)"
