"""The rows of a table as lines that a sentence could be: "Net sales: 2021 $12; 2020 $11".

Each line names its row and, before every value, the heads of the value's column, so that whoever
finds the line needs nothing else of the table.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SIGN = r"[(+−–-]?"
_MONEY = r"(?:(?:US|A|C|HK)?[$€£¥]|EUR|USD|CHF|GBP)?"
_FIGURE = re.compile(
    rf"{_SIGN}{_MONEY}{_SIGN}\d[\d.,'’]*(?:[KMB]|bn|mn)?\)?(?:%|x|×|pts|bps)?\)?"
    r"(?:\(\w{1,2}\)|\*{1,3})?"
)
_NOTHING = re.compile(r"[—–−-]{1,3}%?|n/?[am]|\*|[—–-]\)", re.IGNORECASE)
_YEAR = re.compile(r"(?:FY)?(?:19|20)\d\d(?:[AE]|\(\w{1,2}\)|\*)?", re.IGNORECASE)
_ANY_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
# A line of a table is cut before it grows longer than a sentence that may be cited.
_LONGEST = 240
# The first row of a table of words is its head only if it looks like one.
_LONGEST_HEAD = 40
# What is laid out with a table, but is running text.
_LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table from column `first` to column `last`, both counted from 0."""

    text: str
    first: int
    last: int


Row = Sequence[Cell]
# A piece of a line and what it shows: 0 the label, k the k-th value, -1 nothing of the row itself.
Piece = tuple[str, int]


def is_figure(text: str) -> bool:
    """Whether a cell holds a figure, a year, or a sign that there is none."""
    squeezed = "".join(text.split())
    return bool(_FIGURE.fullmatch(squeezed) or _NOTHING.fullmatch(squeezed))


def is_year(text: str) -> bool:
    """Whether a cell holds a year and nothing else but a mark of a note."""
    return bool(_YEAR.fullmatch("".join(text.split())))


def column_heads(rows: Sequence[Row], columns: Sequence[int]) -> dict[int, str]:
    """For each of these columns what the head rows say of it and not of all the others.

    Where no column has a year of its own, the year that is said of all comes before the rest.
    """
    said: dict[int, list[str]] = {column: [] for column in columns}
    common: list[str] = []
    for row in rows:
        for cell in row:
            covered = [column for column in columns if cell.first <= column <= cell.last]
            shared = len(columns) > 1 and len(covered) == len(columns)
            for words in [common] if shared else [said[column] for column in covered]:
                if cell.text and cell.text not in words:
                    words.append(cell.text)
    heads = {column: " ".join(words) for column, words in said.items()}
    year = _ANY_YEAR.search(" ".join(common))
    if year and not any(map(_ANY_YEAR.search, heads.values())):
        heads = {column: f"{year[0]} {head}".strip() for column, head in heads.items()}
    return heads


def row_lines(label: str, values: Sequence[tuple[str, str]]) -> Iterator[tuple[Piece, ...]]:
    """One line for a row of (head, value), more where it would be too long, in pieces.

    Every line begins with the label.
    """
    opening: list[Piece] = [(label, 0), ("" if label[-1:] == ":" else ":", -1)] if label else []
    line, length = list(opening), len(label)
    for number, (head, value) in enumerate(values, 1):
        added: list[Piece] = [(f"{head} ", -1)] if head else []
        added.append((value, number))
        size = sum(len(text) for text, _ in added)
        if len(line) > len(opening) and length + size > _LONGEST:
            yield tuple(line)
            line, length = list(opening), len(label)
        if line:
            line.append((" " if len(line) == len(opening) else "; ", -1))
        line += added
        length += size + 2
    yield tuple(line)


def table_lines(rows: Sequence[Row], heads: int | None = None) -> list[tuple[str, ...]]:
    """The lines of each row of a table whose first column holds the labels.

    heads is how many rows at the top are head rows, None where the table does not say.
    """
    filled = [row for row in rows if any(cell.text for cell in row)]
    columns = sorted({cell.first for row in filled for cell in row if cell.text})
    if len(columns) < 2:
        return [tuple(cell.text for cell in row if cell.text) for row in rows]
    head_rows = filled[: _head_rows(filled) if heads is None else min(heads, len(filled) - 1)]
    said = column_heads(head_rows, columns[1:])
    shown = {id(row) for row in head_rows}
    return [
        (" | ".join(cell.text for cell in row if cell.text),)
        if id(row) in shown
        else tuple(_lines_of(row, columns[0], said))
        for row in rows
    ]


def _lines_of(row: Row, label_column: int, said: dict[int, str]) -> Iterator[str]:
    label = next((cell.text for cell in row if cell.first == label_column), "")
    cells = [cell for cell in row if cell.first != label_column and cell.text]
    if any(len(cell.text) > _LONGEST_VALUE for cell in row):
        yield from (cell.text for cell in row if cell.text)
    elif not cells:
        yield from [label] if label else []
    else:
        values = [(said.get(cell.first, ""), cell.text) for cell in cells]
        for pieces in row_lines(label, values):
            yield "".join(text for text, _ in pieces)


def _head_rows(rows: Sequence[Row]) -> int:
    """How many rows at the top are heads, by what they and the others hold."""
    figures = [[is_figure(cell.text) for cell in row if cell.text] for row in rows]
    if any(map(any, figures)):
        first = next((i for i, row in enumerate(rows) if _has_values(row)), 0)
        return first if first < len(rows) else 0
    shown = [cell.text for cell in rows[0] if cell.text]
    is_head = len(shown) > 2 and max(map(len, shown)) <= _LONGEST_HEAD
    return 1 if is_head and len(rows) > 1 else 0


def _has_values(row: Row) -> bool:
    """Whether a row has figures beyond its first cell that are not all years."""
    values = [cell.text for cell in row if cell.text]
    beyond = values[1:] if len(values) > 1 else []
    return any(is_figure(text) and not is_year(text) for text in beyond)
