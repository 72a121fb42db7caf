"""The text of one PDF page as PDFium reads it, with the rows of tables kept apart."""

import re
from itertools import compress

from pypdfium2 import PdfiumError, PdfTextPage
from pypdfium2.raw import FPDFText_GetUnicode

# PDFium takes a dash that ends a line for a hyphen and drops the line end after it. In a table
# the dash is an empty cell, and the next row would be glued to this one.
_DASH_THEN_MORE = re.compile(r"(?<=\s-) (?=\S)")


def page_text(textpage: PdfTextPage) -> str:
    """The text of a page; CR LF is a line end, U+0002 or U+FFFE a hyphen with a line end."""
    text: str = textpage.get_text_bounded()
    dashes = [match.start() for match in _DASH_THEN_MORE.finditer(text)]
    if not dashes:
        return text
    ends = _line_ends(textpage)
    if len(ends) != len(dashes):  # a sign outside the page's border: the order cannot be matched
        return text
    for place in reversed(list(compress(dashes, ends))):
        text = f"{text[:place]}\r\n{text[place + 1 :]}"
    return text


def _line_ends(textpage: PdfTextPage) -> list[bool]:
    """For each dash with a space after it, whether what follows stands on a lower line."""
    count = textpage.count_chars()
    characters = "".join(chr(FPDFText_GetUnicode(textpage, index)) for index in range(count))
    return [
        _is_lower(textpage, match.end(), match.start() - 1)
        for match in _DASH_THEN_MORE.finditer(characters)
    ]


def _is_lower(textpage: PdfTextPage, index: int, than: int) -> bool:
    try:
        _, _, _, top = textpage.get_charbox(index, loose=True)
        _, bottom, _, _ = textpage.get_charbox(than, loose=True)
    except PdfiumError:
        return False
    return bool(top <= bottom)
