"""From an uploaded file to a stored document: extract, split, store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from pipelines.document import Document, Passage, Upload
from pipelines.extract import extract
from pipelines.extract.sniff import Kind, sniff
from pipelines.split import split
from storage.library import Library
from storage.records import DocumentRecord, NewDocument, NewPassage

if TYPE_CHECKING:
    from retnet_core.tokenizer import Tokenizer

_MEDIA_TYPES: dict[Kind, str] = {
    "pdf": "application/pdf",
    "markdown": "text/markdown",
    "text": "text/plain",
}


def content_hash(content: bytes) -> str:
    """The SHA-256 by which the library knows a file."""
    return hashlib.sha256(content).hexdigest()


def store(library: Library, owner: str, upload: Upload, tokenizer: Tokenizer) -> DocumentRecord:
    """The stored document of an upload; nothing is stored where it cannot be extracted."""
    record, _ = library.add(*extracted(owner, upload, tokenizer))
    return record


def extracted(
    owner: str, upload: Upload, tokenizer: Tokenizer
) -> tuple[NewDocument, list[NewPassage]]:
    """What an upload is stored as."""
    document = extract(upload)
    passages = split(document, tokenizer.count)
    new = _new_document(owner, upload, document, tokenizer.fingerprint)
    return new, _new_passages(passages)


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
