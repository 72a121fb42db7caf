"""Windows of whole sentences around an answer, as the splitter of a document would cut them."""

import random
import re
from itertools import pairwise

import numpy as np
import numpy.typing as npt

LONGEST = 224
LONGEST_SENTENCE = 112

Positions = npt.NDArray[np.int64]

# A sentence ends before the space that follows its last mark, or after the end of its line.
_end = re.compile(r"[.!?]+[\"'\u201d\u2019)\]]*(?=[ \t])(?!\s*\n)|\n+")


def sentence_starts(text: str, starts: Positions) -> Positions:
    """Give the tokens at which sentences start, and the end: [S + 1], ascending.

    No sentence is longer than LONGEST_SENTENCE tokens: a longer one is cut.
    """
    ends = np.asarray([match.end() for match in _end.finditer(text)], dtype=np.int64)
    bounds = np.unique(np.concatenate([[0], np.searchsorted(starts, ends), [len(starts)]]))
    pieces = [np.arange(low, high, LONGEST_SENTENCE) for low, high in pairwise(bounds)]
    return np.concatenate([*pieces, [len(starts)]]).astype(np.int64)


def window_around(
    bounds: Positions, first: int, last: int, chance: random.Random
) -> tuple[int, int]:
    """Choose whole sentences of at most LONGEST tokens that hold the tokens first to last.

    The start is drawn at random, so that the answer may lie anywhere in the window; a document
    that is short enough is taken whole.
    """
    if bounds[-1] <= LONGEST:
        return 0, int(bounds[-1])
    own = int(np.searchsorted(bounds, first, side="right")) - 1
    end = int(np.searchsorted(bounds, last, side="right"))
    earliest = int(np.searchsorted(bounds, bounds[end] - LONGEST))
    start = int(bounds[chance.randint(min(earliest, own), own)])
    room = LONGEST if chance.random() < 0.7 else chance.randint(LONGEST // 2, LONGEST)
    furthest = int(np.searchsorted(bounds, start + room, side="right")) - 1
    return start, int(bounds[max(end, furthest)])


def windows_of(bounds: Positions) -> tuple[tuple[int, int], ...]:
    """Cut a document into windows of whole sentences, in order, without overlap."""
    windows = []
    start = 0
    while start < len(bounds) - 1:
        end = int(np.searchsorted(bounds, bounds[start] + LONGEST, side="right")) - 1
        windows.append((int(bounds[start]), int(bounds[end])))
        start = end
    return tuple(windows)
