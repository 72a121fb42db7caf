"""Tables of a PDF page: rows by baseline, columns by gaps, the heads of a column before each value.

A row becomes a line such as "Net revenues: 2022 $9,795; 2021 $10,420". Heads stand over their
columns, or over several, and are found by place; a row whose columns have no heads stays as it is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.extract.tables import Cell, column_heads, is_figure, is_year, row_lines
from pipelines.extract.words import PlacedCell, PlacedRow

# Rows apart by more than this many times their height are not of one table.
_FAR = 3.2
_MOST_HEADS = 6
_MOST_PARENTS = 4
_LONGEST_LABEL = 160
_LONGEST_VALUE = 40
_LONGEST_PARENT = 70
_LONGEST_HEAD = 60
# A number in brackets after more than a short label is the mark of a note, not a negative figure.
_NOTE = re.compile(r"\(\d{1,2}\)")
_LONGEST_NOTED = 60
_INDENT = 2.0
_NEXT_LINE = 1.8
# A head that stands in the middle of all columns belongs to all: how far off, in their width.
_CENTRED = 0.2


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in place of a row; indices are those of the page's characters, or -1."""

    text: str
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Split:
    """A row of figures: what names it, and its values."""

    label: tuple[PlacedCell, ...]
    values: tuple[PlacedCell, ...]


Span = tuple[float, float]


def table_rows(rows: Sequence[PlacedRow]) -> dict[int, tuple[Line, ...]]:
    """For each row that belongs to a table with heads the lines that stand for it."""
    found: dict[int, tuple[Line, ...]] = {}
    after = first = 0
    while first < len(rows):
        if _split(rows[first]) is None:
            first += 1
            continue
        end = _end(rows, first)
        found |= _table(rows, after, first, end)
        after = first = end
    return found


def _split(row: PlacedRow) -> _Split | None:
    """The label and the values of a row of figures, None for any other row."""
    cells = row.cells
    start = next((i for i, cell in enumerate(cells) if i and is_figure(cell.text)), len(cells))
    if start == 1 and is_figure(cells[0].text) and not is_year(cells[0].text):
        start = 0
    label, values = cells[:start], cells[start:]
    if not values or sum(len(cell.text) for cell in label) > _LONGEST_LABEL:
        return None
    if any(len(cell.text) > _LONGEST_VALUE for cell in values if not is_figure(cell.text)):
        return None
    if not any(is_figure(cell.text) and not is_year(cell.text) for cell in values):
        return None
    size = sum(len(cell.text) for cell in label)
    if all(_NOTE.fullmatch(cell.text) for cell in values) and not 0 < size < _LONGEST_NOTED:
        return None
    return _Split(label, values)


def _end(rows: Sequence[PlacedRow], first: int) -> int:
    """The index after the last row of the table that begins here."""
    end = last = first + 1
    columns = _columns(rows[first:end])
    while end < len(rows) and not _is_far(rows[end - 1], rows[end]):
        row = rows[end]
        if _split(row) is not None:
            last = end + 1
            columns = _columns(rows[first:last])
        elif _is_head(row, columns) or _is_prose(row, rows[first]):
            break
        end += 1
    return last


def _is_far(above: PlacedRow, below: PlacedRow) -> bool:
    return above.y - below.y > _FAR * max(above.size, below.size)


def _is_prose(row: PlacedRow, table: PlacedRow) -> bool:
    """Whether a row is running text: one long cell that reaches into the columns of the table."""
    values = _split(table)
    inside = values is not None and row.cells[0].right > values.values[-1].left
    return len(row.cells) == 1 and len(row.text) > _LONGEST_LABEL // 2 and inside


def _is_head(row: PlacedRow, columns: Sequence[Span]) -> bool:
    """Whether a row without figures has words or years over at least two columns."""
    over = [cell for cell in row.cells if any(_overlap(cell, span) for span in columns)]
    return len(over) > 1


def _columns(rows: Sequence[PlacedRow]) -> list[Span]:
    """The columns from left to right: what their figures cover, and words beside all figures."""
    splits = [split for row in rows if (split := _split(row)) is not None]
    cells = [cell for split in splits for cell in split.values]
    figures = _covered([cell for cell in cells if is_figure(cell.text)])
    beside = [cell for cell in cells if not any(_overlap(cell, span) for span in figures)]
    return sorted([*figures, *_covered(beside)])


def _covered(cells: Sequence[PlacedCell]) -> list[Span]:
    """The spans that these cells cover together."""
    spans: list[Span] = []
    for cell in sorted(cells, key=lambda cell: cell.left):
        if spans and cell.left < spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], cell.right)
        else:
            spans.append((cell.left, cell.right))
    return spans


def _overlap(cell: PlacedCell, span: Span) -> bool:
    return cell.left < span[1] and span[0] < cell.right


def _table(
    rows: Sequence[PlacedRow], after: int, first: int, end: int
) -> dict[int, tuple[Line, ...]]:
    """The lines of the rows from first to end; the table before this one ended at `after`."""
    lines: dict[int, tuple[Line, ...]] = {}
    splits = [split for row in rows[first:end] if (split := _split(row)) is not None]
    columns = _columns(rows[first:end])
    if len(columns) * len(splits) < 2 or not any(split.label for split in splits):
        return lines
    heads = _heads(rows, first, columns)
    if not any(heads.values()):
        return lines
    year, parent = "", ("", 0.0)
    for index in range(max(after, first - _MOST_PARENTS), end):
        row = rows[index]
        split = _split(row)
        if split is None:
            year = row.text if is_year(row.text) else year
            parent = _parent(row, columns) or parent
        else:
            if row.text.lower().startswith("total") or row.cells[0].left <= parent[1] + _INDENT:
                parent = ("", 0.0)
            said = (year, parent[0], _wrapped(rows, index, split))
            over = [words for words in said if words]
            lines[index] = tuple(_lines(split, columns, heads, over))
    return lines


def _parent(row: PlacedRow, columns: Sequence[Span]) -> tuple[str, float] | None:
    """A label with a colon stands over the rows that are indented below it: it, and its left."""
    text, left = row.text, row.cells[0].left
    if text.endswith(":") and len(text) <= _LONGEST_PARENT and left < columns[0][0]:
        return text.removesuffix(":"), left
    return None


def _wrapped(rows: Sequence[PlacedRow], index: int, split: _Split) -> str:
    """What the lines above say of a label that begins in the middle of a phrase."""
    said = ""
    begin = split.label[0].text if split.label else ""
    while index and begin[:1].islower():
        row, below = rows[index - 1], rows[index]
        near = row.y - below.y <= _NEXT_LINE * max(row.size, below.size)
        if not near or len(row.cells) > 1 or row.text.endswith((":", ".")) or _split(row):
            break
        said, begin, index = f"{row.text} {said}".strip(), row.text, index - 1
        if len(said) > _LONGEST_PARENT:
            break
    return said


def _heads(rows: Sequence[PlacedRow], first: int, columns: Sequence[Span]) -> dict[int, str]:
    """What stands over each column in the rows above the first row of figures."""
    above: list[list[Cell]] = []
    below, left = rows[first], rows[first].cells[0].left
    for row in reversed(rows[max(0, first - _MOST_HEADS) : first]):
        if _split(row) is not None or _is_far(row, below) or _ends_heads(row, columns, left):
            break
        cells = _head_cells(row, columns, left)
        if len(columns) == 1 and above and cells:
            return {}  # a list of names and what they are, without heads
        if any(len(cell.text) > _LONGEST_HEAD for cell in cells):
            break
        above.insert(0, cells)
        below = row
    return column_heads(above, range(len(columns)))


def _ends_heads(row: PlacedRow, columns: Sequence[Span], left: float) -> bool:
    """Whether a row is a title or a paragraph over the table and not one of its heads.

    left is where the labels of the table begin.
    """
    cell = row.cells[0]
    if len(row.cells) > 1 or cell.right <= columns[0][0]:
        return False
    reach = (columns[-1][1] - columns[0][0]) / len(columns)
    before = cell.left < columns[0][0] - reach and not _is_centred(cell, columns)
    return before or cell.left <= left + row.size


def _is_centred(cell: PlacedCell, columns: Sequence[Span]) -> bool:
    """Whether a head stands in the middle of all columns, which it then belongs to."""
    left, right = columns[0][0], columns[-1][1]
    off = abs(cell.left + cell.right - left - right) / 2
    within = cell.left >= left - (right - left) / len(columns)
    return len(columns) > 1 and within and off <= _CENTRED * (right - left)


def _head_cells(row: PlacedRow, columns: Sequence[Span], left: float) -> list[Cell]:
    """The cells of a row of heads, each over the columns that it is nearest to.

    What begins where the labels do is over them, and no head of a column.
    """
    reach = (columns[-1][1] - columns[0][0]) / len(columns)
    after = min(left + row.size, columns[0][0] - 1)
    over = [
        cell for cell in row.cells if cell.left > after and cell.right > columns[0][0] - reach / 2
    ]
    if len(over) == 1 and _is_centred(over[0], columns):
        return [Cell(over[0].text, 0, len(columns) - 1)]
    cells = []
    for column, span in enumerate(columns):
        nearest = min(over, key=lambda cell: _distance(cell, span), default=None)
        if nearest is not None and _distance(nearest, span)[0] <= reach / 2:
            cells.append(Cell(nearest.text, column, column))
    if len(over) == 1 and 2 * len(cells) > len(columns) > 1:
        return [Cell(over[0].text, 0, len(columns) - 1)]
    return _widened(cells)


def _widened(cells: Sequence[Cell]) -> list[Cell]:
    """Neighbouring cells of one text as one cell over their columns."""
    wide: list[Cell] = []
    for cell in cells:
        if wide and wide[-1].text == cell.text and wide[-1].last + 1 == cell.first:
            wide[-1] = Cell(cell.text, wide[-1].first, cell.last)
        else:
            wide.append(cell)
    return wide


def _distance(cell: PlacedCell, span: Span) -> tuple[float, float]:
    """The gap between a cell and a column, and that between their middles."""
    gap = max(0.0, cell.left - span[1], span[0] - cell.right)
    return gap, abs(cell.left + cell.right - span[0] - span[1])


def _lines(
    split: _Split, columns: Sequence[Span], heads: dict[int, str], over: Sequence[str]
) -> Iterator[Line]:
    own = " ".join(cell.text for cell in split.label)
    label = _label(over, own)
    shown = [-1] * (len(label) - len(own))
    for number, cell in enumerate(split.label):
        shown += [-1] * bool(number) + list(cell.indices)
    values = [(heads[_column(cell, columns)], cell.text) for cell in split.values]
    places = [tuple(shown), *(cell.indices for cell in split.values)]
    for pieces in row_lines(label, values):
        text = "".join(piece for piece, _ in pieces)
        indices: list[int] = []
        for piece, number in pieces:
            indices += places[number] if number >= 0 else [-1] * len(piece)
        yield Line(text, tuple(indices))


def _label(over: Sequence[str], own: str) -> str:
    """The whole label: what stands over it by commas, the phrase that it goes on by a space."""
    goes_on = bool(over) and own[:1].islower()
    before = ", ".join(over)
    return f"{before}{' ' if goes_on else ', '}{own}" if before and own else before or own


def _column(cell: PlacedCell, columns: Sequence[Span]) -> int:
    return min(range(len(columns)), key=lambda column: _distance(cell, columns[column]))
