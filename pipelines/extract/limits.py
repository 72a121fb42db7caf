"""How large a file may be, checked before any of it is parsed, and how far a file is read."""

from dataclasses import dataclass

from pipelines.document import Upload
from pipelines.errors import UnreadableFile

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest files that are read, in bytes.

    Word, OpenDocument and EPUB files are archives: unpacked_bytes bounds what all their parts
    hold, part_bytes one part that is read, entries how many parts there are, and ratio how many
    bytes one byte of the file may become, asked only of what unpacks to more than small_bytes.
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
    ocr: str = ""

    @property
    def largest(self) -> int:
        """No file of any kind may have more bytes."""
        return max(self.text_bytes, self.pdf_bytes, self.archive_bytes)


def check_size(upload: Upload, kind: str, most: int) -> None:
    """Refuse an upload of more than `most` bytes; kind is the plural that the user reads."""
    size = len(upload.content)
    if size > most:
        raise UnreadableFile(
            f"{upload.name} has {size / _MEGABYTE:.1f} MB, and {kind} are read up to "
            f"{most / _MEGABYTE:g} MB. Split it into smaller files and add them one by one."
        )
