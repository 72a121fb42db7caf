"""The values that go into the library and come out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from storage.checksums import checksum

EVERYBODY = "*"
"""Among the readers of a document: whoever has a library here."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be added.

    content_hash is the SHA-256 in hexadecimal of the original, which content holds, or is empty
    where it did not come along; page_starts are offsets in text; outline holds (level, title,
    offset) of each heading; tokenizer_fingerprint names the tokenizer that counted the tokens of
    its passages. renamed: the title is its owner's and not the file's.
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
    renamed: bool = False
    tags: tuple[str, ...] = ()


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
class StoredParts:
    """Bytes that are kept of a document beside the original, by what they are."""

    text: int
    index: int
    snapshots: int
    checkpoint: int
    anchors: int
    embeddings: int
    saliences: int = 0
    backdrops: int = 0

    @property
    def total(self) -> int:
        states = self.snapshots + self.checkpoint + self.anchors + self.backdrops
        return self.text + self.index + states + self.embeddings + self.saliences


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document of the library, without its text.

    passages, sections and snapshots are counts. tokens_read, read_seconds, state_checksum and
    weights_fingerprint speak of the reading that was saved last; tokenizer_fingerprint names the
    tokenizer that tokens and tokens_read were counted with. replaces is the id of the document
    whose place this one takes when it has been read; reused_tokens of tokens_read were taken over
    from an earlier version. version counts from 1. renamed, tags and readers are its owner's doing;
    readers may read it beside its owner, EVERYBODY among them for all. put_away_at: when it was put
    away to be deleted, None where it was not.
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
    stored: StoredParts
    original_bytes: int
    added_at: datetime
    replaces: str | None = None
    reused_tokens: int = 0
    version: int = 1
    renamed: bool = False
    tags: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    put_away_at: datetime | None = None

    @property
    def read(self) -> float:
        """The part that was read, 0 to 1; a document without tokens has nothing left to read."""
        return min(1.0, self.tokens_read / self.tokens) if self.tokens else 1.0

    @property
    def finished(self) -> bool:
        return self.state_checksum is not None

    @property
    def stored_bytes(self) -> int:
        """All that is kept, without the original, which original_bytes counts."""
        return self.stored.total

    @property
    def stored_per_million(self) -> int:
        """Bytes kept for a million tokens of what was read; 0 before any was."""
        return round(self.stored_bytes * 1_000_000 / self.tokens) if self.tokens else 0


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
class EmbeddingRecord:
    """Embeddings of neighbouring passages, the first of them passage_index.

    vectors: `width` int8 values for each passage, one after another, all zero where a passage has
    none; checksum is their SHA-256.
    """

    passage_index: int
    width: int
    vectors: bytes
    checksum: str
    weights_fingerprint: str

    @property
    def passages(self) -> int:
        return len(self.vectors) // self.width


class EmbeddingRun(NamedTuple):
    """Where stored embeddings belong; the id is that of no other run, now or later."""

    id: int
    document_id: str
    passage_index: int
    passages: int


MARK = np.dtype([("start", "<u4"), ("length", "<u2"), ("salience", "<f2")])
"""A sentence as it is stored: its offset and length in characters of the text, and its salience."""
COUNT = np.dtype("<u4")

Marks = npt.NDArray[np.void]
Counts = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class SalienceRecord:
    """Sentences of neighbouring passages, the first of them passage_index, with their saliences.

    counts: a COUNT for each passage, how many sentences it has; marks: a MARK for each sentence,
    one after another; checksum is the SHA-256 of counts and marks together.
    """

    passage_index: int
    counts: bytes
    marks: bytes
    checksum: str
    weights_fingerprint: str

    @property
    def passages(self) -> int:
        return len(self.counts) // COUNT.itemsize

    def numbers(self) -> Counts:
        """How many sentences each passage has: [P]."""
        return np.frombuffer(self.counts, COUNT)

    def sentences(self) -> Marks:
        """The sentences of all passages in order: [S], each a MARK."""
        return np.frombuffer(self.marks, MARK)


def salience_record(
    passage_index: int, counts: bytes, marks: bytes, weights: str
) -> SalienceRecord:
    """The same with its checksum."""
    return SalienceRecord(passage_index, counts, marks, checksum(counts + marks), weights)


@dataclass(frozen=True, slots=True, eq=False)
class Posting:
    """A word and the passages that hold it, by number; None where they are too many to list."""

    word: str
    count: int
    numbers: npt.NDArray[np.int64] | None
