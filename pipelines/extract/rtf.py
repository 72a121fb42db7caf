"""Rich Text files by striprtf: the text and the rows of tables; headings it does not tell."""

import re
from collections.abc import Iterator

from striprtf.striprtf import rtf_to_text

from pipelines.document import Document, Upload
from pipelines.errors import UnreadableFile
from pipelines.extract.limits import Limits, check_size
from pipelines.extract.parts import Part, Piece, assembled, paged, plain
from pipelines.extract.tables import Cell, table_lines
from pipelines.extract.text import stem

# striprtf makes a blank line of a page's end: it is handed a sign for private use instead.
_PAGE = re.compile(r"\\page(?![a-z])")
_PAGE_SIGN = "\ue00c"
_ROW = re.compile(r".*\|\s*")


def extract_rtf(upload: Upload, limits: Limits) -> Document:
    """The text of a Rich Text file; a page ends where its writer forced one to end."""
    check_size(upload, "Rich Text files", limits.text_bytes, "text_bytes")
    source = upload.content.decode("latin-1")
    try:
        said = _to_text(_PAGE.sub(rf"\\u{ord(_PAGE_SIGN)}?", source))
    except (ValueError, IndexError, KeyError, LookupError, OverflowError) as error:
        raise UnreadableFile(
            f"{upload.name} is damaged and cannot be opened as a Rich Text file. "
            "Open it in the program that made it and save a new copy."
        ) from error
    return assembled(upload, stem(upload), _pieces(said))


def _to_text(source: str) -> str:
    said: str = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    return said


def _pieces(said: str) -> Iterator[Piece]:
    rows: list[list[Cell]] = []
    for line in said.split("\n"):
        if _ROW.fullmatch(line):
            cells = line.rstrip().removesuffix("|").split("|")
            rows.append([Cell(plain(text), place, place) for place, text in enumerate(cells)])
            continue
        yield from _rows(rows)
        rows = []
        yield from paged(line.replace(_PAGE_SIGN, "\f"))
    yield from _rows(rows)


def _rows(rows: list[list[Cell]]) -> Iterator[Piece]:
    lines = [line for row in table_lines(rows) for line in row]
    for index, line in enumerate(lines):
        yield Part(line, tight=index > 0)
