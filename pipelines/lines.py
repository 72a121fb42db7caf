"""Which line ends of a text end a sentence and which are only the end of the paper.

A line end ends a sentence at a blank line, around the row of a table, before an item of a list,
and where the line was left early: the first word of the next one would still have fitted.
"""

import re
from collections.abc import Iterator, Sequence

Span = tuple[int, int]

_BULLET = re.compile(r"(?:[•‣▪●◦■□➢✓*+–—-]|#{1,6}|>|\|)\s")
_NUMBERED = re.compile(r"(?:\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]|\d{1,2}(?:\.\d{1,2})+\.?)\s")
# Cells at the end of a line: figures, amounts, dashes for nothing.
_CELL = r"(?:[$€£¥]\s{0,3})?[(+−–-]?(?:[$€£¥]\s?)?\d[\d.,'’]*\)?\s{0,3}%?\)?|[—–-]|n/a|N/A"
_FIGURES_AT_END = re.compile(rf"(?:(?:^|\s)(?:{_CELL}))(?:\s+(?:{_CELL})){{1,30}}\s*$")
_FIGURES_INSIDE = re.compile(rf"(?:\s(?:{_CELL})){{3}}\s")
# A word and one figure: a row if the next line is one too, as in a table of contents.
_ENTRY = re.compile(r"(?:[A-Z\d•]|[^\W\d_][A-Z]).*\s[$€£]?\(?\d[\d,.]*%?\)?$")
# A row as extraction writes it: "Net sales: 2021 $12; 2020 $11".
_NAMED_FIGURES = re.compile(rf"[^;]{{1,200}}:\s[^;]*(?<=\s)(?:{_CELL});\s[^;]")
_COLUMNS = re.compile(r"\S(?:\t+| {3,})\S.*\S(?:\t+| {3,})\S|\|.*\|")
_STOPS = ".!?:;。！？"
# Commas or semicolons without a space, which are not those of thousands: a CSV file.
_DELIMITED = re.compile(r"[^,;]*(?:[,;](?!\s|\d{3}\b)[^,;]*){3,}")
# How many lines before and after tell how wide a line of this part of the text is.
_NEIGHBOURS = 4
# Letters differ in width, so a line is left early only if clearly shorter than its neighbours.
_LEFT_EARLY = 0.8
# Under a full stop a line this short, with none of its own, is a heading.
_HEADING = 0.5
# A line of a table is a short one; a longer line is searched for figures in vain.
_LONGEST_ROW = 300


def blocks(text: str) -> Iterator[Span]:
    """Spans that each hold whole sentences; between them is only white space."""
    lines = list(_lines(text))
    shown = [text[start:end].strip() for start, end in lines]
    rows = [_is_row(line) for line in shown]
    widths = _widths(shown)
    begin = 0
    for index, line in enumerate(shown):
        is_last = index + 1 == len(lines)
        if is_last or _ends_block(line, shown[index + 1], widths[index], rows[index : index + 2]):
            if any(shown[begin : index + 1]):
                yield lines[begin][0], lines[index][1]
            begin = index + 1


def _lines(text: str) -> Iterator[Span]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _widths(lines: Sequence[str]) -> list[int]:
    """For each line the width of the widest one near it."""
    lengths = [len(line) for line in lines]
    return [
        max(lengths[max(0, index - _NEIGHBOURS) : index + _NEIGHBOURS + 1])
        for index in range(len(lengths))
    ]


def _ends_block(line: str, after: str, width: int, rows: Sequence[bool]) -> bool:
    if not line or not after or any(rows) or line.startswith("#") or _BULLET.match(after):
        return True
    if len(line) <= _LONGEST_ROW and _ENTRY.match(line) and _ENTRY.match(after):
        return True
    fitted = len(line) + 1 + len(after.split(maxsplit=1)[0])
    left_early = fitted < _LEFT_EARLY * width and line[-1] not in ",-–—"
    stopped = line[-1] in _STOPS
    if _NUMBERED.match(after):
        return left_early or stopped
    heads = stopped and len(after) < _HEADING * width and after[-1] not in _STOPS
    return (left_early or heads) and not _continues(after)


def _continues(line: str) -> bool:
    """Whether a line begins as the middle of a sentence does; "iPhone" does not."""
    return line[0].islower() and not (len(line) > 1 and line[1].isupper())


def _is_row(line: str) -> bool:
    if not 1 < len(line) <= _LONGEST_ROW:
        return False
    if _DELIMITED.fullmatch(line):
        return True
    patterns = (_FIGURES_AT_END, _FIGURES_INSIDE, _COLUMNS)
    return any(pattern.search(line) for pattern in patterns) or bool(_NAMED_FIGURES.match(line))
