"""Values for the tests of storage, built from short arguments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from storage.checksums import checksum
from storage.library import Library, open_library
from storage.records import (
    CheckpointRecord,
    DocumentRecord,
    NewDocument,
    NewPassage,
    Posting,
    SnapshotRecord,
)
from storage.scopes import Numbers

WEIGHTS = "weights-a"
TOKENIZER = "tokenizer-a"


class Clock:
    """A clock that shows what the test sets, and moves one second at each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def open_at(folder: Path) -> Library:
    return open_library(url_of(folder / "library.db"), Clock())


def new_document(
    parts: Sequence[str], *, owner: str = "ann", title: str = "A report", content: bytes = b""
) -> NewDocument:
    """A document of these passages; its bytes are its text where no content is given."""
    text = "".join(parts)
    bytes_given = content or text.encode("utf-8", "surrogatepass")
    return NewDocument(
        owner=owner,
        title=title,
        file_name=f"{title}.pdf",
        content_hash=checksum(bytes_given),
        content=bytes_given,
        media_type="application/pdf",
        text=text,
        page_starts=(0, len(parts[0])) if parts else (0,),
        outline=((1, title, 0),),
        pages_without_text=(2,),
        tokenizer_fingerprint=TOKENIZER,
    )


def new_passages(parts: Sequence[str]) -> tuple[NewPassage, ...]:
    """Passages of ten tokens each, one a page."""
    starts = accumulate((len(part) for part in parts), initial=0)
    return tuple(
        NewPassage(
            text=part,
            start=start,
            page=index + 1,
            section=f"Section {index}",
            token_start=index * 10,
            tokens=10,
        )
        for index, (part, start) in enumerate(zip(parts, starts, strict=False))
    )


def add(
    library: Library, *parts: str, owner: str = "ann", title: str = "A report"
) -> DocumentRecord:
    new = new_document(parts, owner=owner, title=title)
    return library.add(new, new_passages(parts))[0]


def holding(library: Library, document_id: str, word: str, owner: str = "ann") -> list[int]:
    """The indexes of the passages of a document that hold a word."""
    scope = library.scope(owner, [document_id])
    found = library.postings(scope, [word])
    return [int(index) for each in found for index in scope.places(listed(each))[1]]


def listed(posting: Posting) -> Numbers:
    """The passages of a word that is not too common to be listed."""
    assert posting.numbers is not None
    return posting.numbers


def checkpoint(
    tokens: int, *, weights: str = WEIGHTS, tokenizer: str = TOKENIZER, payload: bytes = b""
) -> CheckpointRecord:
    state = payload or f"exact state after {tokens}".encode()
    return CheckpointRecord(tokens // 10, tokens, state, checksum(state), weights, tokenizer)


def snapshot(
    tokens: int, *, weights: str = WEIGHTS, tokenizer: str = TOKENIZER, payload: bytes = b""
) -> SnapshotRecord:
    state = payload or f"rounded state after {tokens}".encode()
    return SnapshotRecord(tokens // 10, tokens, state, checksum(state), weights, tokenizer)
