"""The values of a conversation: what was asked and answered, and the state that it left."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Quote:
    """A cited sentence as it was when the answer was given.

    Offsets count in the text that the document had in that version; version is None where it is
    not known.
    """

    document_id: str
    title: str
    version: int | None
    page: int
    section: str
    sentence: str
    sentence_start: int
    sentence_end: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A written sentence and the numbers of the quotes that it rests on, counted from 0."""

    text: str
    quotes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A question and its answer.

    asked: the question as it was understood. lines: the sentences of a written answer, () of a
    quoted one; dropped: the share of written sentences that were left out, None of a quoted one.
    """

    question: str
    asked: str
    answer: str
    found: bool
    confidence: float
    seconds: float
    quotes: tuple[Quote, ...]
    lines: tuple[Line, ...] = ()
    dropped: float | None = None


@dataclass(frozen=True, slots=True)
class TurnState:
    """The state after a turn; base says which reading of which documents it began from.

    checksum is the SHA-256 of payload in hexadecimal; tokens_read counts those of the documents'
    state and of all turns.
    """

    weights_fingerprint: str
    tokenizer_fingerprint: str
    base: str
    tokens_read: int
    payload: bytes
    checksum: str


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The exact state of a document as a model that writes has read it so far.

    passage_index is the next passage to read; position counts the tokens read, in that model's
    own; checksum is the SHA-256 of payload.
    """

    weights_fingerprint: str
    tokenizer_fingerprint: str
    passage_index: int
    position: int
    payload: bytes
    checksum: str


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A stored turn; index counts from 0. sound: whether it is what was stored."""

    index: int
    turn: NewTurn
    created_at: datetime
    state_bytes: int
    sound: bool


@dataclass(frozen=True, slots=True)
class NewConversation:
    """A conversation to begin: with these documents, or with all of the owner's."""

    owner: str
    title: str
    document_ids: tuple[str, ...]
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """A conversation without its turns, which it counts.

    document_ids: those it was begun with, () where it asks all. parent: the id of the conversation
    that it branched off, with which it shares its first shared_turns turns.
    """

    id: str
    owner: str
    title: str
    document_ids: tuple[str, ...]
    everything: bool
    created_at: datetime
    changed_at: datetime
    turns: int
    parent: str | None
    shared_turns: int
    stored_bytes: int


def packed(turn: NewTurn) -> str:
    """The quotes and lines of a turn as JSON."""
    values = asdict(turn)
    kept = {name: values[name] for name in ("quotes", "lines", "dropped")}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))


def unpacked(evidence: str) -> dict[str, Any]:
    """The reverse: quotes, lines and dropped; ValueError, TypeError or KeyError if damaged."""
    kept = json.loads(evidence)
    return {
        "quotes": tuple(Quote(**each) for each in kept["quotes"]),
        "lines": tuple(Line(each["text"], tuple(each["quotes"])) for each in kept["lines"]),
        "dropped": kept["dropped"],
    }


@dataclass(frozen=True, slots=True)
class Talk:
    """A whole conversation about one document, as it travels from library to library."""

    id: str
    title: str
    created_at: datetime
    turns: tuple[tuple[NewTurn, datetime, TurnState | None], ...]
