"""The text of one PDF page as PDFium reads it, with each row of a table on a line of its own."""

import re
from itertools import compress

from pypdfium2 import PdfiumError, PdfTextPage

from pipelines.extract.pdf_tables import Line, table_rows
from pipelines.extract.words import PlacedRow, characters, rows_of

# PDFium takes a dash that ends a line for a hyphen and drops the line end after it. In a table
# the dash is an empty cell, and the next row would be glued to this one.
_DASH_THEN_MORE = re.compile(r"(?<=\s-) (?=\S)")
_FIGURE = re.compile(r"\d[\d.,]*")
# A page with fewer figures has no table worth the look at the place of every character.
_FEWEST_FIGURES = 4
_LINE_END = "\r\n"


def page_text(textpage: PdfTextPage) -> str:
    """The text of a page; CR LF is a line end, U+0002 or U+FFFE a hyphen with a line end."""
    text: str = textpage.get_text_bounded()
    found = arranged(textpage) if len(_FIGURE.findall(text)) >= _FEWEST_FIGURES else None
    if found is not None:
        return found.text
    dashes = [match.start() for match in _DASH_THEN_MORE.finditer(text)]
    if not dashes:
        return text
    ends = _line_ends(textpage)
    if len(ends) != len(dashes):  # a sign outside the page's border: the order cannot be matched
        return text
    for place in reversed(list(compress(dashes, ends))):
        text = f"{text[:place]}\r\n{text[place + 1 :]}"
    return text


def arranged(textpage: PdfTextPage) -> Line | None:
    """The page with the rows of its tables rewritten, None where it has none with heads.

    The text comes with the index of each of its characters on the page, -1 where there is none.
    """
    text = characters(textpage)
    rows = rows_of(textpage, text)
    tables = {_indices(rows[place]): lines for place, lines in table_rows(rows).items()}
    if not tables:
        return None
    begins = {own[0]: lines for own, lines in tables.items()}
    rewritten = {index for own in tables for index in own}
    written: list[str] = []
    indices: list[int] = []
    for index, character in enumerate(text):
        for line in begins.get(index, ()):
            written += [_LINE_END, line.text, _LINE_END]
            indices += [-1, -1, *line.indices, -1, -1]
        if index not in rewritten:
            written.append(character)
            indices.append(index)
    return Line("".join(written), tuple(indices))


def _indices(row: PlacedRow) -> tuple[int, ...]:
    return tuple(sorted(index for cell in row.cells for index in cell.indices if index >= 0))


def _line_ends(textpage: PdfTextPage) -> list[bool]:
    """For each dash with a space after it, whether what follows stands on a lower line."""
    return [
        _is_lower(textpage, match.end(), match.start() - 1)
        for match in _DASH_THEN_MORE.finditer(characters(textpage))
    ]


def _is_lower(textpage: PdfTextPage, index: int, than: int) -> bool:
    try:
        _, _, _, top = textpage.get_charbox(index, loose=True)
        _, bottom, _, _ = textpage.get_charbox(than, loose=True)
    except PdfiumError:
        return False
    return bool(top <= bottom)
