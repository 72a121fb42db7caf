"""Running heads and feet of pages: lines at the edge that come again on many pages."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"\d+|\b[ivxlc]{1,6}\b")
# How many lines from an edge are looked at, and on how many pages one must come again.
_DEPTH = 3
_FEWEST_PAGES = 4
_LEAST_SHARE = 0.25
_LONGEST = 120


def without_margins(pages: Sequence[str]) -> tuple[str, ...]:
    """The pages without their running heads and feet; a page of nothing else keeps them.

    A line is one of them if, numbers aside, it stands at the same edge of a quarter of all pages.
    """
    texts = [page.split("\n") for page in pages]
    heads = _frequent(lines[:_DEPTH] for lines in texts)
    feet = _frequent(lines[-_DEPTH:] for lines in texts)
    return tuple("\n".join(_inner(lines, heads, feet)) for lines in texts)


def _frequent(edges: Iterable[Sequence[str]]) -> frozenset[str]:
    """The lines, numbers aside, that stand at this edge of enough pages."""
    counts: Counter[str] = Counter()
    pages = 0
    for lines in edges:
        pages += any(lines)
        counts.update({_key(line) for line in lines if line and len(line) <= _LONGEST})
    least = max(_FEWEST_PAGES, _LEAST_SHARE * pages)
    return frozenset(key for key, count in counts.items() if count >= least)


def _key(line: str) -> str:
    return _NUMBER.sub("#", line.strip().lower())


def _inner(lines: Sequence[str], heads: frozenset[str], feet: frozenset[str]) -> Sequence[str]:
    first, last = 0, len(lines)
    while first < min(_DEPTH, last) and _key(lines[first]) in heads:
        first += 1
    while last > max(first, len(lines) - _DEPTH) and _key(lines[last - 1]) in feet:
        last -= 1
    return lines[first:last] if first < last else lines
