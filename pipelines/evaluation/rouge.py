"""ROUGE-1, ROUGE-2 and ROUGE-Lsum (Lin 2004) as F1 of stems, against the best reference.

Counted as the usual programs do: lower case, letters a to z and digits, words of more than three
letters stemmed; no word of a summary is counted more often than it stands there.
"""

import re
from collections import Counter
from collections.abc import Sequence

from pipelines.evaluation.porter import stem

KINDS = ("rouge1", "rouge2", "rougeLsum")

_WORD = re.compile(r"[a-z0-9]+")

Words = list[str]


def rouge(lines: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """Each kind for a summary of sentences, 0 to 1: the best over the references."""
    ours = [words(line) for line in lines]
    found = [_one(ours, [words(line) for line in reference]) for reference in references]
    return {kind: max((each[kind] for each in found), default=0.0) for kind in KINDS}


def words(text: str) -> Words:
    """The words of a text that count."""
    return [stem(word) if len(word) > 3 else word for word in _WORD.findall(text.lower())]


def _one(ours: Sequence[Words], theirs: Sequence[Words]) -> dict[str, float]:
    flat = [[word for line in lines for word in line] for lines in (ours, theirs)]
    return {
        "rouge1": _grams(flat[0], flat[1], 1),
        "rouge2": _grams(flat[0], flat[1], 2),
        "rougeLsum": _longest(ours, theirs),
    }


def _grams(ours: Words, theirs: Words, length: int) -> float:
    counts = [
        Counter(zip(*(each[n:] for n in range(length)), strict=False)) for each in (ours, theirs)
    ]
    shared = (counts[0] & counts[1]).total()
    return _f1(shared, counts[0].total(), counts[1].total())


def _longest(ours: Sequence[Words], theirs: Sequence[Words]) -> float:
    """Lin 2004, section 3.2: the union of common subsequences with each line of the reference."""
    left = Counter(word for line in ours for word in line)
    wanted = Counter(word for line in theirs for word in line)
    hits = 0
    for line in theirs:
        union = sorted({place for other in ours for place in common(line, other)})
        for word in (line[place] for place in union):
            if left[word] > 0 and wanted[word] > 0:
                hits += 1
                left[word] -= 1
                wanted[word] -= 1
    return _f1(hits, sum(map(len, ours)), sum(map(len, theirs)))


def common(line: Words, other: Words) -> list[int]:
    """Where in a line a longest common subsequence with another stands."""
    table = _lengths(line, other)
    places: list[int] = []
    row, column = len(line), len(other)
    while row and column:
        if line[row - 1] == other[column - 1]:
            places.append(row - 1)
            row, column = row - 1, column - 1
        elif table[row][column - 1] > table[row - 1][column]:
            column -= 1
        else:
            row -= 1
    return places[::-1]


def _lengths(line: Words, other: Words) -> list[list[int]]:
    """[R + 1][C + 1]: how long the longest common subsequence of each two beginnings is."""
    table = [[0] * (len(other) + 1)]
    for word in line:
        above, row = table[-1], [0]
        for column, second in enumerate(other):
            same = word == second
            row.append(above[column] + 1 if same else max(above[column + 1], row[column]))
        table.append(row)
    return table


def _f1(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if shared else 0.0
