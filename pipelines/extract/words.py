"""The words of a PDF page with their places, grouped into rows and cells.

Coordinates are the page's own: points, x to the right, y upwards. Indices are PDFium's of the
page's characters.
"""

from collections.abc import Iterator, Sequence
from ctypes import byref, c_double
from dataclasses import dataclass
from operator import attrgetter

from pypdfium2 import PdfTextPage
from pypdfium2.raw import (
    FS_RECTF,
    FPDFText_GetCharAngle,
    FPDFText_GetCharOrigin,
    FPDFText_GetFontSize,
    FPDFText_GetLooseCharBox,
    FPDFText_GetUnicode,
)

# In widths of a letter as high as the row: a space is a quarter, columns are rarely under one.
_CELL_GAP = 0.8
_FIGURE_GAP = 0.45
_WORD_GAP = 0.6
_SAME_ROW = 0.5
# Alone, a sign of money begins a column, however near to the one before.
_MONEY = frozenset({"$", "€", "£", "¥", "US$", "$("})
_OPENING = _MONEY | {"("}
_CLOSING = frozenset({")", "%", ")%", ") %"})
_TURNED = 0.05  # radians


@dataclass(frozen=True, slots=True)
class Word:
    """Characters first to last of the page, on one baseline y, from left to right."""

    text: str
    first: int
    left: float
    right: float
    y: float
    size: float

    @property
    def indices(self) -> range:
        """The characters of the page that it is made of."""
        return range(self.first, self.first + len(self.text))


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """Neighbouring words of a row; text and indices belong together, -1 where a space was put."""

    text: str
    indices: tuple[int, ...]
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """The cells on one baseline, from left to right."""

    cells: tuple[PlacedCell, ...]
    y: float
    size: float

    @property
    def text(self) -> str:
        """The row as it reads."""
        return " ".join(cell.text for cell in self.cells)


def characters(textpage: PdfTextPage) -> str:
    """The characters of a page as PDFium orders them, one for each index."""
    count = textpage.count_chars()
    return "".join(chr(FPDFText_GetUnicode(textpage, index)) for index in range(count))


def rows_of(textpage: PdfTextPage, text: str) -> tuple[PlacedRow, ...]:
    """The rows of a page from top to bottom; () where its text is turned or has no size."""
    words = list(_words(textpage, text))
    if any(abs(FPDFText_GetCharAngle(textpage, word.first)) > _TURNED for word in words[::20]):
        return ()
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: -word.y):
        if rows and rows[-1][0].y - word.y <= _SAME_ROW * max(rows[-1][0].size, word.size):
            rows[-1].append(word)
        else:
            rows.append([word])
    return tuple(
        PlacedRow(tuple(_cells(row)), row[0].y, max(word.size for word in row)) for row in rows
    )


def _words(textpage: PdfTextPage, text: str) -> Iterator[Word]:
    """Runs of characters that are not white space, cut where the baseline changes."""
    box, x, y = FS_RECTF(), c_double(), c_double()
    begun: tuple[int, float, float, float] | None = None
    right = 0.0
    for index, character in enumerate(text):
        is_sign = not (character.isspace() or character < " " or "\ud800" <= character <= "\udfff")
        placed = is_sign and FPDFText_GetCharOrigin(textpage, index, byref(x), byref(y))
        if not placed or not FPDFText_GetLooseCharBox(textpage, index, byref(box)):
            if begun:
                yield _word(text, begun, index, right)
            begun = None
            continue
        if begun and (abs(y.value - begun[2]) > 1.0 or _apart(right, box.left, begun[3])):
            yield _word(text, begun, index, right)
            begun = None
        if begun is None:
            size = abs(box.top - box.bottom) or FPDFText_GetFontSize(textpage, index)
            begun = index, box.left, y.value, size
        right = box.right
    if begun:
        yield _word(text, begun, len(text), right)


def _apart(right: float, left: float, size: float) -> bool:
    """Whether a character stands too far from the one before, or left of it, to be of its word."""
    return left - right > _WORD_GAP * size or left < right - size


def _word(text: str, begun: tuple[int, float, float, float], end: int, right: float) -> Word:
    first, left, y, size = begun
    return Word(text[first:end], first, left, right, y, size)


def _cells(row: Sequence[Word]) -> Iterator[PlacedCell]:
    """The words of a row joined where only a space is between them, or a sign stands alone."""
    group: list[Word] = []
    for word in sorted(row, key=attrgetter("left")):
        if group and not _joins(group, word):
            yield _cell(group)
            group = []
        group.append(word)
    if group:
        yield _cell(group)


def _joins(group: Sequence[Word], word: Word) -> bool:
    gap = (word.left - group[-1].right) / max(word.size, 1e-6)
    if word.text in _MONEY:
        return False
    if word.text in _CLOSING and _is_number(group[-1].text):
        return True
    if gap >= _FIGURE_GAP and _is_number(word.text) and _is_number(group[-1].text):
        return False
    return gap <= _CELL_GAP or group[-1].text in _OPENING


def _is_number(text: str) -> bool:
    return text[-1] in "0123456789)%—–" and not any(sign.isalpha() for sign in text)


def _cell(words: Sequence[Word]) -> PlacedCell:
    text, indices, before = "", [], ""
    for word in words:
        if before and not (before in _OPENING or word.text in _CLOSING):
            text += " "
            indices.append(-1)
        text += word.text
        indices += word.indices
        before = word.text
    return PlacedCell(text, tuple(indices), words[0].left, words[-1].right)
