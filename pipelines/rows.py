"""Rows of tables as extraction writes them, and the cell that is asked for.

"Net sales: 2021 $12; 2020 $11; Change 9%" is a row (docs/formats.md). A cell is chosen by the
words that its head shares with the question: a year, a quarter, "Change".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines import lexical
from pipelines.extract.tables import is_figure, is_year

Span = tuple[int, int]

FEWEST_CELLS = 2
"""A row of a single value says no more than its sentence, which may be none of a table."""

_LONGEST = 400
_CELL_END = re.compile(r";\s+")
_LABEL_END = re.compile(r":\s+")
_FIGURES_AT_END = 3  # words that a figure may take: "( 12 )", "$ 12"
_SIGNS = re.compile(r"[($€£¥+−–-]+")
_NO_FIGURE = re.compile(r"\s*(?:who|whom|whose|where|why)\b", re.IGNORECASE)
_YEARS = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a row and the words before it that name its column; offsets in the sentence."""

    head: str
    value: Span


@dataclass(frozen=True, slots=True)
class TableRow:
    """What names a row, and its cells in order."""

    label: str
    cells: tuple[Cell, ...]


def table_row(sentence: str) -> TableRow | None:
    """The row that a sentence is; None where it is none."""
    if len(sentence) > _LONGEST:
        return None
    first = sentence.partition(";")[0]
    for label in reversed(list(_LABEL_END.finditer(first))):  # a label may hold a colon itself
        cells = _cells(sentence, label.end())
        if cells:
            return TableRow(sentence[: label.start()], cells)
    return None


def cell_pointed_at(sentence: str, question: str, pointed: Span) -> Span | None:
    """The value that is asked for where a sentence is a row of several; None for any other.

    None too where the question asks for a person, a place or a reason.
    """
    row = table_row(sentence)
    if row is None or len(row.cells) < FEWEST_CELLS or _NO_FIGURE.match(question):
        return None
    return cell_asked_for(row, question, pointed)


def cell_asked_for(row: TableRow, question: str, pointed: Span) -> Span:
    """The value whose head answers best to the question, and of equals what was pointed at.

    Where the question names years, a cell of another year is never chosen before one without any.
    """
    asked = lexical.terms(question)
    years = set(_YEARS.findall(question))
    best = max(
        range(len(row.cells)),
        key=lambda number: (
            _year_fits(row.cells[number].head, years),
            _shared(row.cells[number].head, asked),
            _overlap(row.cells[number].value, pointed),
            -number,
        ),
    )
    return row.cells[best].value


def _year_fits(head: str, years: set[str]) -> int:
    said = set(_YEARS.findall(head))
    return 0 if not years or not said else 1 if said & years else -1


def _shared(head: str, asked: Sequence[str]) -> float:
    """The share of the words of a head, years aside, that are asked for."""
    words = set(lexical.terms(_YEARS.sub(" ", head)))
    return len(words & set(asked)) / len(words) if words else 0.0


def _overlap(value: Span, pointed: Span) -> int:
    return int(pointed[0] < value[1] and value[0] < pointed[1])


def _cells(sentence: str, start: int) -> tuple[Cell, ...]:
    """The cells from here to the end; none where a piece does not end in a figure."""
    ends = [match.span() for match in _CELL_END.finditer(sentence, start)]
    starts = [start, *(end for _, end in ends)]
    stops = [*(first for first, _ in ends), len(sentence)]
    cells = [_cell(sentence, a, b) for a, b in zip(starts, stops, strict=True)]
    found = tuple(cell for cell in cells if cell is not None)
    plain = all(is_year(sentence[slice(*cell.value)]) for cell in found)
    return () if len(found) < len(cells) or plain else found


def _cell(sentence: str, start: int, end: int) -> Cell | None:
    """The figure that ends a piece with the signs that stand apart, and what is before it."""
    words = [match.span() for match in re.finditer(r"\S+", sentence[start:end])]
    for count in range(1, min(_FIGURES_AT_END, len(words)) + 1):
        first = start + words[-count][0]
        before = sentence[start:first].split()
        if is_figure(sentence[first:end]) and not (before and _SIGNS.fullmatch(before[-1])):
            return Cell(sentence[start:first].strip(), (first, start + words[-1][1]))
    return None
