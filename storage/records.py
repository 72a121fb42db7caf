"""The values that go into the library and come out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

UploadStatus = Literal["waiting", "reading", "done", "failed"]


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be added.

    content_hash is the SHA-256 in hexadecimal of the original, which content holds, or is empty
    where it did not come along; page_starts are offsets in text; outline holds (level, title,
    offset) of each heading; tokenizer_fingerprint names the tokenizer that counted the tokens of
    its passages.
    """

    owner: str
    title: str
    file_name: str
    content_hash: str
    content: bytes
    media_type: str
    text: str
    page_starts: tuple[int, ...]
    outline: tuple[tuple[int, str, int], ...]
    pages_without_text: tuple[int, ...]
    tokenizer_fingerprint: str


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to be added: the passages of a document, joined, are its text."""

    text: str
    start: int
    page: int
    section: str
    token_start: int
    tokens: int


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document of the library, without its text.

    passages, sections and snapshots are counts. tokens_read, read_seconds, state_checksum and
    weights_fingerprint speak of the reading that was saved last; tokenizer_fingerprint names the
    tokenizer that tokens and tokens_read were counted with. stored_bytes leaves out the original,
    which original_bytes counts.
    """

    id: str
    owner: str
    title: str
    file_name: str
    content_hash: str
    media_type: str
    characters: int
    pages: int
    pages_without_text: tuple[int, ...]
    tokens: int
    passages: int
    sections: int
    tokens_read: int
    read_seconds: float
    state_checksum: str | None
    weights_fingerprint: str | None
    tokenizer_fingerprint: str
    snapshots: int
    stored_bytes: int
    original_bytes: int
    added_at: datetime

    @property
    def read(self) -> float:
        """The part that was read, 0 to 1; a document without tokens has nothing left to read."""
        return min(1.0, self.tokens_read / self.tokens) if self.tokens else 1.0

    @property
    def finished(self) -> bool:
        return self.state_checksum is not None


@dataclass(frozen=True, slots=True)
class PassageRecord:
    """A stored passage; index counts from 0 within its document."""

    id: int
    index: int
    text: str
    start: int
    page: int
    section: str
    token_start: int
    tokens: int


@dataclass(frozen=True, slots=True)
class CheckpointRecord:
    """The newest exact state of a reading; passage_index is the next passage to read.

    checksum is the SHA-256 of payload in hexadecimal.
    """

    passage_index: int
    tokens_read: int
    payload: bytes
    checksum: str
    weights_fingerprint: str
    tokenizer_fingerprint: str


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """The state before passage passage_index; checksum is the SHA-256 of payload."""

    passage_index: int
    tokens_read: int
    payload: bytes
    checksum: str
    weights_fingerprint: str
    tokenizer_fingerprint: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that shares words with a question; a higher score is better."""

    passage_index: int
    score: float


@dataclass(frozen=True, slots=True)
class UploadRecord:
    """A file handed in on the web page and what became of it."""

    id: str
    owner: str
    file_name: str
    status: UploadStatus
    message: str
    document_id: str | None
    created_at: datetime
