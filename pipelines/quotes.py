"""Finding a quote of the extracted text among the characters that PDFium sees on a page.

Extraction changes white space, hyphens at line ends, ligatures and signs of no meaning, so both
sides are compared without them.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from ctypes import c_int

from pypdfium2 import PdfPage, PdfTextPage
from pypdfium2.raw import FPDF_PageToDevice

from pipelines.extract.page_text import arranged
from pipelines.extract.pdf_tables import Line
from pipelines.extract.words import characters

Box = tuple[float, float, float, float]

# Categories that extraction may change: controls, formats, private use, spaces, dashes.
_IGNORED = {"Cc", "Cf", "Co", "Cn", "Cs", "Zs", "Zl", "Zp", "Pd"}
_BULLET = "•"
_UNITS = 1_000_000
# Between two words of a line lie at most so many characters that extraction leaves out.
_WHITE_SPACE = 4


def find_quote(textpage: PdfTextPage, quote: str) -> tuple[int, ...]:
    """The characters of a quote on a page in order, () where it does not stand.

    The quote is sought in the text as it was extracted, rows of tables rewritten, and then in
    the order of PDFium. Of one that runs over the border of two pages the lines on this page are
    found.
    """
    text = characters(textpage)
    plain = Line(text, tuple(range(len(text))))
    table = arranged(textpage)
    return (_find(table, quote) if table else ()) or _find(plain, quote)


def _find(page: Line, quote: str) -> tuple[int, ...]:
    folded_page, places = _folded(page.text)
    for wanted in _parts(quote):
        folded, _ = _folded(wanted)
        found = _find_word(folded_page, folded, places) if folded else -1
        if found >= 0:
            span = page.indices[places[found] : places[found + len(folded) - 1] + 1]
            return tuple(sorted({index for index in span if index >= 0}))
    return ()


def quote_boxes(handle: PdfPage, textpage: PdfTextPage, indices: Sequence[int]) -> tuple[Box, ...]:
    """The boxes of these characters, one for each line."""
    merged: list[Box] = []
    for first, last in _runs(indices):
        for index in range(textpage.count_rects(first, last - first + 1)):
            box = _on_page(handle, *textpage.get_rect(index))
            if merged and _same_line(merged[-1], box):
                box = _around(merged.pop(), box)
            merged.append(box)
    return tuple(merged)


def _runs(indices: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and last of characters that follow each other, white space between them or not."""
    begin = 0
    for place, index in enumerate(indices):
        if place + 1 == len(indices) or indices[place + 1] - index > _WHITE_SPACE:
            yield indices[begin], index
            begin = place + 1


def _folded(text: str) -> tuple[str, list[int]]:
    """The text without what extraction may change, and the place of each sign left."""
    signs: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if unicodedata.category(character) in _IGNORED or character == _BULLET:
            continue
        plain = unicodedata.normalize("NFKC", character)
        signs.append(plain)
        places += [place] * len(plain)
    return "".join(signs), places


def _parts(quote: str) -> Iterator[str]:
    """The whole quote, then ever fewer of its first lines and of its last lines."""
    yield quote
    lines = quote.split("\n")
    for count in range(len(lines) - 1, 0, -1):
        yield "\n".join(lines[:count])
        yield "\n".join(lines[-count:])


def _find_word(page: str, wanted: str, places: list[int]) -> int:
    """Where the quote begins on the page, rather at a border of words than inside one."""
    first = found = page.find(wanted)
    while found > 0 and places[found - 1] == places[found] - 1 and page[found - 1].isalnum():
        found = page.find(wanted, found + 1)
    return first if found < 0 else found


def _on_page(handle: PdfPage, left: float, bottom: float, right: float, top: float) -> Box:
    """A rectangle of the page's own coordinates as fractions of the page as it is shown."""
    (x1, y1), (x2, y2) = _point(handle, left, top), _point(handle, right, bottom)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _point(handle: PdfPage, x: float, y: float) -> tuple[float, float]:
    across, down = c_int(), c_int()
    FPDF_PageToDevice(handle, 0, 0, _UNITS, _UNITS, 0, x, y, across, down)
    return _fraction(across.value), _fraction(down.value)


def _fraction(units: int) -> float:
    return min(1.0, max(0.0, units / _UNITS))


def _same_line(one: Box, other: Box) -> bool:
    overlap = min(one[3], other[3]) - max(one[1], other[1])
    return overlap * 2 > min(one[3] - one[1], other[3] - other[1])


def _around(one: Box, other: Box) -> Box:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )
