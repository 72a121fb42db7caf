"""The process that opens strangers' files: python -m pipelines.apart.child LIMITS.

It answers one request after another on its standard streams and ends when nobody asks for a while.
It never imports the model or the library, and what it or a parser prints goes nowhere.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO

from pipelines.apart.confine import allow_cpu, confine, end_with, watch_pipe
from pipelines.apart.framing import read_frame, write_frames
from pipelines.apart.messages import (
    MOST_HEAD,
    begun_head,
    document_head,
    error_head,
    head_of,
    unforeseen_head,
    values_of,
)
from pipelines.apart.sentences import beyond_memory, name_in
from pipelines.document import Upload
from pipelines.errors import BeyondLimit, PipelineError, UnreadableFile
from pipelines.extract import Limits, PageWatch, extract

_IDLE = 60.0
_MOST = 1 << 40  # the parent is trusted
_STDIN, _STDOUT, _STDERR = 0, 1, 2


@dataclass(frozen=True, slots=True)
class _Request:
    values: dict[str, Any]
    content: bytes


class _Pages:
    """Tells the parent which page is begun, and lets it use what one page may."""

    def __init__(self, answers: BinaryIO, cpu_seconds: int, page_seconds: int) -> None:
        self._answers = answers
        self._page_seconds = page_seconds
        self._end = time.process_time() + cpu_seconds
        allow_cpu(cpu_seconds)

    def begins(self, page: int) -> None:
        left = max(0, int(self._end - time.process_time()))
        of_page = bool(page) and self._page_seconds < left
        write_frames(self._answers, (begun_head(page, of_page=of_page), b""))
        allow_cpu(self._page_seconds if of_page else left)


def main() -> None:
    """Answer until the parent closes the pipe, or asks for nothing for a minute."""
    memory, cpu_seconds, page_seconds, parent = map(int, sys.argv[1:])
    answers = _own_streams()
    requests = os.fdopen(_STDIN, "rb", closefd=False)
    end_with(parent)
    confine(memory)
    held = b""
    while (request := _next(requests, held)) is not None:
        held = request.content
        watch_pipe(_STDIN, watched=True)
        pages = _Pages(answers, cpu_seconds, page_seconds)
        answer = _answered(request, memory, pages)
        watch_pipe(_STDIN, watched=False)
        write_frames(answers, answer)


def _own_streams() -> BinaryIO:
    """The pipe for the answers; what else is printed, by whatever library, goes nowhere."""
    answers = os.fdopen(os.dup(_STDOUT), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDOUT)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)
    return answers


def _next(requests: BinaryIO, held: bytes) -> _Request | None:
    """The next request, with the content of the one before where it brings none of its own."""
    idle = threading.Timer(_IDLE, os._exit, args=(0,))
    idle.daemon = True
    idle.start()
    head = read_frame(requests, MOST_HEAD)
    idle.cancel()
    content = None if head is None else read_frame(requests, _MOST)
    if head is None or content is None:
        return None
    return _Request(values_of(head), content or held)


def _answered(request: _Request, memory: int, pages: _Pages) -> tuple[bytes, bytes]:
    """What to send back: the result, or why there is none."""
    try:
        return _done(request, pages)
    except PipelineError as error:
        return error_head(error), b""
    except MemoryError:
        return error_head(_too_much(request, memory)), b""
    except RecursionError:
        return error_head(_too_deep(request)), b""
    except Exception as error:
        return unforeseen_head(_unforeseen(request, error)), b""


def _done(request: _Request, pages: _Pages) -> tuple[bytes, bytes]:
    values = request.values
    if values["task"] == "draw":
        from pipelines.pages import highlighted

        width = int(values["width"])
        return head_of({}), highlighted(request.content, values["page"], values["quote"], width)
    upload, limits = Upload(values["name"], request.content), Limits(**values["limits"])
    document = extract(upload, limits, PageWatch(frozenset(values["passed_over"]), pages.begins))
    return document_head(document), document.text.encode("utf-8", "replace")


def _too_much(request: _Request, memory: int) -> BeyondLimit:
    return BeyondLimit(beyond_memory(name_in(request.values), memory), "memory")


def _too_deep(request: _Request) -> UnreadableFile:
    return UnreadableFile(
        f"{name_in(request.values)} holds parts inside parts deeper than anything that people "
        "write. Save a new copy of it, as PDF or plain text, and add that."
    )


def _unforeseen(request: _Request, error: Exception) -> str:
    """A mistake of ours, told by its place and without its words: they may quote the document."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"{name_in(request.values)} holds something that readonce did not foresee "
        f"({type(error).__name__} at {PurePath(place.filename).name}:{place.lineno}). Nothing else "
        "is affected; save a new copy of it, as PDF or plain text, and add that."
    )


if __name__ == "__main__":
    main()
