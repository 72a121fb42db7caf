"""extract, done in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import asdict, replace

from pipelines.apart.bounds import Bounds
from pipelines.apart.helper import Helper
from pipelines.apart.messages import BadAnswer, document_of
from pipelines.apart.sentences import no_answer
from pipelines.document import Document, Upload
from pipelines.errors import BeyondLimit, PipelineError, UnreadableFile
from pipelines.extract.limits import Limits
from pipelines.stepping import at_once

_BYTES_A_CHARACTER = 4
_MOST_PASSED_OVER = 8  # pages; a file of more such pages is made to do harm


def extracting(upload: Upload, limits: Limits, bounds: Bounds) -> Generator[None, None, Document]:
    """The document of an upload, in small steps; whoever stops asking ends the process.

    A page that takes more memory or time than it may is passed over, and the rest is read by a new
    process; all of them together have the seconds of one. Raises what extract raises, BeyondLimit
    where the file takes more than it may, and UnreadableFile where the process dies of it.
    """
    began = time.monotonic()
    passed_over: list[int] = []
    first: PipelineError | None = None
    while True:
        left = max(0.0, bounds.seconds - (time.monotonic() - began))
        helper = Helper(replace(bounds, seconds=left) if first else bounds)
        try:
            return (yield from _extracting(helper, upload, limits, passed_over))
        except PipelineError as error:
            page = _over_its_limit(helper, error)
            if page is None or len(passed_over) == _MOST_PASSED_OVER:
                raise first or error from error
            first = first or error
            passed_over.append(page)
        finally:
            helper.close()


def _extracting(
    helper: Helper, upload: Upload, limits: Limits, passed_over: Sequence[int]
) -> Generator[None, None, Document]:
    values = {"task": "extract", "name": upload.name, "limits": asdict(limits)}
    most = _BYTES_A_CHARACTER * limits.characters
    try:
        head, body = yield from helper.ask(
            {**values, "passed_over": passed_over}, upload.content, most
        )
        return document_of(head, body, limits)
    except BadAnswer as error:
        raise UnreadableFile(no_answer(upload.name)) from error


def _over_its_limit(helper: Helper, error: PipelineError) -> int | None:
    """The page that took more than one may, None where it was no page."""
    if isinstance(error, BeyondLimit) and error.limit in ("memory", "page_seconds"):
        return helper.begun.page or None
    return None


def extract_apart(upload: Upload, limits: Limits, bounds: Bounds) -> Document:
    """All steps of extracting at once."""
    return at_once(extracting(upload, limits, bounds))
