"""The processes that open files, and a watch on what memory they cost."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType

import psutil

_LOOK = 0.02
_OPENER = "pipelines.apart.child"


def openers(process: psutil.Process | None = None) -> list[psutil.Process]:
    """The processes that this one started to open files.

    Those of the server that tests in a browser share are its own: it keeps the one that draws
    pages for a minute after the last page.
    """
    found = []
    for child in (process or psutil.Process()).children():
        with suppress(psutil.Error):
            if _OPENER in child.cmdline():
                found.append(child)
    return found


class Watch:
    """The most memory, in bytes, that this process and its openers held while it was open."""

    def __init__(self) -> None:
        self.children = 0
        self.own = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        own = psutil.Process()
        while not self._ended.wait(_LOOK):
            self.own = max(self.own, own.memory_info().rss)
            total = 0
            for child in openers(own):
                with suppress(psutil.Error):
                    total += child.memory_info().rss
            self.children = max(self.children, total)
