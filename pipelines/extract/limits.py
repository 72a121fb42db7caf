"""How large a file may be, checked before any of it is parsed, and how much may come out of it."""

from dataclasses import dataclass, replace

from pipelines.document import Document, Heading, Upload
from pipelines.errors import BeyondLimit

_MEGABYTE = 1024 * 1024
_LONGEST_TITLE = 300
_DEEPEST = 99
_BREAKS = "\n.!?。！？"


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest files that are read, in bytes, and how much may come out of one.

    Word, OpenDocument and EPUB files are archives: unpacked_bytes bounds what all their parts
    hold, part_bytes one part that is read, entries how many parts there are, and ratio how many
    bytes one byte of the file may become, asked only of what unpacks to more than small_bytes.
    Beyond pages, characters and breaks (line ends and full stops) a document is refused; of its
    headings the first ones are kept.
    ocr names the languages in which pages that are pictures are recognised, as tesseract does
    ("eng+deu"); "" for none, which is also what it means where the program is absent.
    """

    text_bytes: int = 32 * _MEGABYTE
    pdf_bytes: int = 256 * _MEGABYTE
    archive_bytes: int = 128 * _MEGABYTE
    unpacked_bytes: int = 256 * _MEGABYTE
    part_bytes: int = 32 * _MEGABYTE
    small_bytes: int = 8 * _MEGABYTE
    ratio: int = 100
    entries: int = 10_000
    pages: int = 20_000
    characters: int = 32_000_000
    headings: int = 20_000
    breaks: int = 1_000_000
    ocr: str = ""

    @property
    def largest(self) -> int:
        """No file of any kind may have more bytes."""
        return max(self.text_bytes, self.pdf_bytes, self.archive_bytes)


def within(upload: Upload, document: Document, limits: Limits) -> Document:
    """A document, if it holds no more than is read; of its headings the first and their beginnings.

    A heading may be as long as a book, and the name of a section is kept with each of its passages.
    """
    check_pages(upload, len(document.page_starts), limits)
    check_characters(upload, len(document.text), limits)
    _check_breaks(upload, document.text, limits)
    outline = tuple(
        Heading(min(part.level, _DEEPEST), _shortened(part.title), part.start)
        for part in document.outline[: limits.headings]
    )
    return replace(document, title=_shortened(document.title), outline=outline)


def _check_breaks(upload: Upload, text: str, limits: Limits) -> None:
    """Refuse a text of nothing but line ends or stops: each costs memory when it is split."""
    breaks = sum(map(text.count, _BREAKS))
    if breaks > limits.breaks:
        raise BeyondLimit(
            f"{upload.name} has {breaks:,} line ends and full stops, and texts are read up to "
            f"{limits.breaks:,} of them. Split it into smaller files and add them one by one.",
            "breaks",
        )


def _shortened(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + "…"


def check_pages(upload: Upload, count: int, limits: Limits) -> None:
    """Refuse a document of too many pages before the first of them is opened."""
    if count > limits.pages:
        raise BeyondLimit(
            f"{upload.name} has {count:,} pages, and documents are read up to {limits.pages:,} "
            "pages. Split it into smaller files and add them one by one.",
            "pages",
        )


def check_characters(upload: Upload, count: int, limits: Limits) -> None:
    """Refuse a text that is longer than any book."""
    if count > limits.characters:
        raise BeyondLimit(
            f"{upload.name} holds more than {limits.characters:,} characters of text, the most "
            "that is read. Split it into smaller files and add them one by one.",
            "characters",
        )


def check_size(upload: Upload, kind: str, most: int, limit: str) -> None:
    """Refuse an upload of more than `most` bytes; kind is the plural that the user reads.

    limit is the field of Limits that says so.
    """
    size = len(upload.content)
    if size > most:
        raise BeyondLimit(
            f"{upload.name} has {size / _MEGABYTE:.1f} MB, and {kind} are read up to "
            f"{most / _MEGABYTE:g} MB. Split it into smaller files and add them one by one.",
            limit,
        )
