"""Which exact states of a reading are worth keeping for a later version of the document."""

from __future__ import annotations

from collections.abc import Iterable

NEAREST = 448
"""Tokens at the end of a text that appending to it may cut into other passages."""

_WIDENING = 4


def spaced(places: Iterable[int], end: int) -> frozenset[int]:
    """The places to keep of those given, in tokens: ever fewer, the further before the end.

    The nearest lies NEAREST or more tokens before the end, each further one at least four times
    as far as the one after it. So a change d tokens before the end costs reading about 4d tokens,
    and the states kept grow with the logarithm of the text.
    """
    kept: set[int] = set()
    least = NEAREST
    for place in sorted(places, reverse=True):
        if place > 0 and end - place >= least:
            kept.add(place)
            least = (end - place) * _WIDENING
    return frozenset(kept)
