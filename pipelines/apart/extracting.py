"""extract, done in a process of its own."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import asdict

from pipelines.apart.bounds import Bounds
from pipelines.apart.helper import Helper
from pipelines.apart.messages import BadAnswer, document_of
from pipelines.apart.sentences import no_answer
from pipelines.document import Document, Upload
from pipelines.errors import UnreadableFile
from pipelines.extract.limits import Limits
from pipelines.stepping import at_once

_BYTES_A_CHARACTER = 4


def extracting(upload: Upload, limits: Limits, bounds: Bounds) -> Generator[None, None, Document]:
    """The document of an upload, in small steps; whoever stops asking ends the process.

    Raises what extract raises, BeyondLimit where the file takes more than it may, and
    UnreadableFile where the process dies of it.
    """
    helper = Helper(bounds)
    try:
        values = {"task": "extract", "name": upload.name, "limits": asdict(limits)}
        most = _BYTES_A_CHARACTER * limits.characters
        head, body = yield from helper.ask(values, upload.content, most)
        return document_of(head, body, limits)
    except BadAnswer as error:
        raise UnreadableFile(no_answer(upload.name)) from error
    finally:
        helper.close()


def extract_apart(upload: Upload, limits: Limits, bounds: Bounds) -> Document:
    """All steps of extracting at once."""
    return at_once(extracting(upload, limits, bounds))
