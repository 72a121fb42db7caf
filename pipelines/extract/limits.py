"""How large a file may be, checked before any of it is parsed."""

from dataclasses import dataclass

from pipelines.document import Upload
from pipelines.errors import BeyondLimit

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest files that are read, in bytes, and how much may come out of one."""

    text_bytes: int = 32 * _MEGABYTE
    pdf_bytes: int = 256 * _MEGABYTE
    pages: int = 20_000
    characters: int = 32_000_000
    headings: int = 20_000


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
    """Refuse an upload of more than `most` bytes; kind is the plural that the user reads,
    limit the field of Limits.
    """
    size = len(upload.content)
    if size > most:
        raise BeyondLimit(
            f"{upload.name} has {size / _MEGABYTE:.1f} MB, and {kind} are read up to "
            f"{most / _MEGABYTE:g} MB. Split it into smaller files and add them one by one.",
            limit,
        )
