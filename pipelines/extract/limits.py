"""How large a file may be, checked before any of it is parsed."""

from dataclasses import dataclass

from pipelines.document import Upload
from pipelines.errors import UnreadableFile

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest files that are read, in bytes."""

    text_bytes: int = 32 * _MEGABYTE
    pdf_bytes: int = 256 * _MEGABYTE


def check_size(upload: Upload, kind: str, most: int) -> None:
    """Refuse an upload of more than `most` bytes; kind is the plural that the user reads."""
    size = len(upload.content)
    if size > most:
        raise UnreadableFile(
            f"{upload.name} has {size / _MEGABYTE:.1f} MB, and {kind} are read up to "
            f"{most / _MEGABYTE:g} MB. Split it into smaller files and add them one by one."
        )
