"""Pictures of pages, drawn in a process of its own that stays for the next page."""

from __future__ import annotations

import struct
import threading
import time

from pipelines.apart.bounds import MEGABYTE, Bounds
from pipelines.apart.helper import Answer, Helper
from pipelines.apart.sentences import no_answer
from pipelines.errors import UnreadableFile

DRAWING = Bounds(cpu_seconds=20, seconds=30.0)
"""What one page may take; people wait for it."""
_NAME = "The page of this document"
_MOST_PNG = 128 * MEGABYTE
_MOST_PIXELS = 40_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_FRESH = 45.0
"""Seconds after which the process may be about to end of itself, so another one is started."""


class Drawer:
    """One process for the pages of one document after another; of many threads each waits its turn.

    It keeps the file that was drawn last, so the next page of it costs no second copy.
    """

    def __init__(self, bounds: Bounds = DRAWING) -> None:
        self._bounds = bounds
        self._turn = threading.Lock()
        self._helper: Helper | None = None
        self._held: tuple[int, int] | None = None
        self._used = 0.0

    def highlighted(self, content: bytes, page: int, quote: str, width: int) -> bytes:
        """What pages.highlighted gives; UnreadableFile or BeyondLimit where the page is no good."""
        with self._turn:
            try:
                _, picture = self._asked(content, page, quote, width)
            except BaseException:  # also one that cancels: a process at work would answer too late
                self._drop()
                raise
        return _sound(picture)

    def close(self) -> None:
        """End the process; the next picture starts another."""
        with self._turn:
            self._drop()

    def _asked(self, content: bytes, page: int, quote: str, width: int) -> Answer:
        key = (len(content), hash(content))
        helper = self._ready()
        sent = b"" if key == self._held else content
        values = {"task": "draw", "name": _NAME, "page": page, "quote": quote, "width": width}
        steps = helper.ask(values, sent, _MOST_PNG)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                self._held, self._used = key, time.monotonic()
                answer: Answer = end.value
                return answer

    def _ready(self) -> Helper:
        """The process that is at hand, or a new one."""
        helper = self._helper
        stale = time.monotonic() - self._used > _FRESH
        if helper is None or stale or helper.process.poll() is not None:
            self._drop()
            helper = self._helper = Helper(self._bounds)
        return helper

    def _drop(self) -> None:
        if self._helper is not None:
            self._helper.close()
        self._helper, self._held = None, None


def _sound(picture: bytes) -> bytes:
    """The picture, if it is a PNG of a size that can be shown."""
    if picture.startswith(_PNG) and len(picture) > 24:
        width, height = struct.unpack(">II", picture[16:24])
        if 0 < width * height <= _MOST_PIXELS:
            return picture
    raise UnreadableFile(no_answer(_NAME))
