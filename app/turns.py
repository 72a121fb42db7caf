"""Turns at the model: one at a time, whoever has taken little of it first.

Whoever came first goes on until a few seconds of work have been spent on it; from then on all who
have taken less go first, those too who come later. So short pieces of work wait only for short
ones, in the order in which they came, and a long one holds nobody up and comes to its end.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_SHARE = 5.0
"""Seconds of work after which another goes first that has taken less."""

_LAST = 1e9
"""More seconds than anybody takes."""


@dataclass(eq=False, slots=True)
class Place:
    """A place in the line; taken: the seconds of work that were spent on it."""

    number: int
    taken: float = 0.0

    @property
    def rank(self) -> tuple[int, int]:
        """The least of all goes next."""
        return int(self.taken // _SHARE), self.number


class Turns:
    """The line before the model; clock: seconds of work of the thread that asks, never set back.

    Not seconds on the wall: where other programs want the processor, all work would look long.
    """

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._line: set[Place] = set()
        self._busy = False

    def place(self, *, last: bool = False) -> Place:
        """A place at the end of the line, held until it is left.

        last: behind all others, those too who come later.
        """
        place = Place(next(self._numbers), _LAST if last else 0.0)
        with self._changed:
            self._line.add(place)
        return place

    def leave(self, place: Place) -> None:
        """Want no further turn; one that has been taken comes to its end."""
        with self._changed:
            self._line.discard(place)
            self._changed.notify_all()

    def before(self, place: Place) -> int:
        """How many go before a place."""
        with self._changed:
            return sum(other.rank < place.rank for other in self._line)

    @contextmanager
    def turn(self, place: Place) -> Iterator[bool]:
        """Wait for the next turn of a place and take it; False where it is left meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: place not in self._line or self._is_next(place))
            mine = place in self._line
            self._busy |= mine
        if not mine:
            yield False
            return
        began = self._clock()
        try:
            yield True
        finally:
            with self._changed:
                place.taken += self._clock() - began
                self._busy = False
                self._changed.notify_all()

    def _is_next(self, place: Place) -> bool:
        return not self._busy and all(place.rank <= other.rank for other in self._line)
