"""Telling living workers from dead ones, whatever the clocks say."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress

from storage.work import WorkerRecord

SILENT_AFTER = 10.0
"""Seconds after which a worker that was not heard from is held to be gone."""


def own_name() -> str:
    """A name for this process that no other worker ever has, and that tells where it runs."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


class Watch:
    """Remembers when each worker's count of beats last changed, by this process's own clock.

    Times written by other machines, or before a clock was set, are never compared.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard: dict[str, tuple[int, float]] = {}

    def gone(self, workers: Iterable[WorkerRecord]) -> frozenset[str]:
        """Those that have been silent for as long as this process watches them, or have died."""
        now, before = self._clock(), self._heard
        self._heard = {}
        for each in workers:
            beats, since = before.get(each.name, (each.beats, now))
            self._heard[each.name] = (each.beats, since if beats == each.beats else now)
        return frozenset(
            name
            for name, (_, since) in self._heard.items()
            if now - since > SILENT_AFTER or has_died(name)
        )


def has_died(name: str) -> bool:
    """Whether a worker ran on this machine, and no process has its number any more."""
    host, _, rest = name.rpartition("-")[0].rpartition("-")
    if host != socket.gethostname() or not rest.isdecimal() or os.name != "posix":
        return False
    with suppress(PermissionError):  # somebody else's process lives
        try:
            os.kill(int(rest), 0)
        except ProcessLookupError:
            return True
    return False
