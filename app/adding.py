"""From an uploaded file to a stored document: extract, split, store."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from app.progress import Progress
from app.settings import Settings
from app.versions import predecessor
from pipelines.apart.bounds import Bounds
from pipelines.apart.extracting import extracting
from pipelines.document import Document, Passage, Upload
from pipelines.extract.limits import Limits
from pipelines.extract.sniff import Kind, sniff
from pipelines.split import split
from pipelines.stepping import at_once
from storage.library import Library
from storage.records import DocumentRecord, NewDocument, NewPassage

if TYPE_CHECKING:
    from retnet_core.tokenizer import Tokenizer

_MEDIA_TYPES: dict[Kind, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "epub": "application/epub+zip",
    "html": "text/html",
    "rtf": "application/rtf",
    "markdown": "text/markdown",
    "text": "text/plain",
}

_TELL_AFTER = 2.0
"""Seconds without a step while a file is opened; who wants to stop waits no longer than this."""


def content_hash(content: bytes) -> str:
    """The SHA-256 by which the library knows a file."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Beside:
    """What a file stays beside instead of replacing it.

    everything: every document of its name; hashes: those made from other files at hand.
    """

    everything: bool = False
    hashes: frozenset[str] = frozenset()


def store(
    library: Library, settings: Settings, upload: Upload, tokenizer: Tokenizer, beside: Beside
) -> Generator[Progress, None, DocumentRecord]:
    """The stored document of an upload, with a step now and then: nothing is stored where it
    cannot be extracted, or where the caller stops asking.
    """
    owner, told = settings.owner, time.monotonic()
    steps = extracted(owner, upload, tokenizer, settings.limits, settings.bounds)
    with closing(steps):
        while True:
            try:
                next(steps)
            except StopIteration as end:
                new, passages = end.value
                break
            if time.monotonic() - told > _TELL_AFTER:
                yield Progress("extracting")
                told = time.monotonic()
    replaced = (
        None
        if beside.everything
        else predecessor(library, owner, upload.name, passages, beside.hashes)
    )
    record, _ = library.add(new, passages, replaced)
    return record


def extracted(
    owner: str, upload: Upload, tokenizer: Tokenizer, limits: Limits, bounds: Bounds
) -> Generator[None, None, tuple[NewDocument, list[NewPassage]]]:
    """What an upload is stored as, in steps."""
    document = yield from extracting(upload, limits, bounds)
    passages = _new_passages(split(document, tokenizer.count))
    return _new_document(owner, upload, document, tokenizer.fingerprint), passages


def extracted_now(
    owner: str, upload: Upload, tokenizer: Tokenizer, limits: Limits, bounds: Bounds
) -> tuple[NewDocument, list[NewPassage]]:
    """The same at once."""
    return at_once(extracted(owner, upload, tokenizer, limits, bounds))


def _new_document(
    owner: str, upload: Upload, document: Document, tokenizer_fingerprint: str
) -> NewDocument:
    return NewDocument(
        owner=owner,
        title=document.title,
        file_name=upload.name,
        content_hash=content_hash(upload.content),
        content=upload.content,
        media_type=_MEDIA_TYPES[sniff(upload)],
        text=document.text,
        page_starts=document.page_starts,
        outline=tuple((part.level, part.title, part.start) for part in document.outline),
        pages_without_text=document.pages_without_text,
        tokenizer_fingerprint=tokenizer_fingerprint,
    )


def _new_passages(passages: Sequence[Passage]) -> list[NewPassage]:
    starts = accumulate((passage.tokens for passage in passages), initial=0)
    return [
        NewPassage(part.text, part.start, part.page, part.section, token_start, part.tokens)
        for part, token_start in zip(passages, starts, strict=False)
    ]
