"""What a worker does when it has had nothing else to do for a while."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from storage.errors import StorageError
from storage.library import Library

QUIET = 60.0
"""Seconds without work after which the library's file is looked at."""
SELDOM = 3600.0
"""Seconds after which one worker writes the file anew again."""


@dataclass(slots=True)
class Rest:
    """When a worker last worked, and last wrote the file anew, by a clock that is never set."""

    clock: Callable[[], float]
    since: float
    compacted: float | None = None

    def is_over(self) -> None:
        """There was work."""
        self.since = self.clock()

    def goes_on(self, library: Library) -> bool:
        """Write the file anew where a delete may have left a piece in it; whether that was done."""
        now = self.clock()
        lately = self.compacted is not None and now - self.compacted < SELDOM
        if lately or now - self.since < QUIET:
            return False
        self.since = now  # the next look comes as late
        with suppress(StorageError):  # a full disk, or a busy library: later, or by hand
            if library.compacts_quietly and library.holds_fragments():
                self.compacted = now
                library.compact()
                return True
        return False
