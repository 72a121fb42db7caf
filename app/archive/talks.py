"""Conversations in an archive: one entry each, checked like everything else in it."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.archive.manifest import Count, Fingerprint, Sha256
from storage.checksums import checksum
from storage.talk import Line, NewTurn, Quote, Talk, TurnState

_Words = Annotated[str, Field(max_length=100_000)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Moment = Annotated[str, Field(max_length=40)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Quote(_Part):
    title: _Words
    version: Annotated[int, Field(ge=1)] | None
    page: Annotated[int, Field(ge=1, le=2**31)]
    section: _Words
    sentence: _Words
    sentence_start: Count
    sentence_end: Count
    start: Count
    end: Count
    text: _Words


class _Line(_Part):
    text: _Words
    quotes: list[Count]


class _State(_Part):
    weights: Fingerprint
    tokenizer: Annotated[str, Field(max_length=200)]
    base: Sha256
    tokens: Count
    payload: Annotated[str, Field(max_length=256 * 1024 * 1024)]


class _Turn(_Part):
    question: _Words
    asked: _Words
    answer: _Words
    found: bool
    confidence: _Share
    seconds: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
    quotes: list[_Quote]
    lines: list[_Line]
    dropped: _Share | None
    created_at: _Moment
    state: _State | None


class _Talk(_Part):
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    title: _Words
    created_at: _Moment
    turns: Annotated[list[_Turn], Field(min_length=1)]


_TALK = TypeAdapter(_Talk)


def told(talk: Talk) -> dict[str, Any]:
    """A conversation as it is written into an archive."""
    return {
        "id": talk.id,
        "title": talk.title,
        "created_at": talk.created_at.isoformat(),
        "turns": [_turn(*each) for each in talk.turns],
    }


def _turn(said: NewTurn, moment: datetime, state: TurnState | None) -> dict[str, Any]:
    names = ("question", "asked", "answer", "found", "confidence", "seconds", "dropped")
    quote_names = list(_Quote.model_fields)
    return {
        **{name: getattr(said, name) for name in names},
        "quotes": [{name: getattr(each, name) for name in quote_names} for each in said.quotes],
        "lines": [{"text": line.text, "quotes": list(line.quotes)} for line in said.lines],
        "created_at": moment.isoformat(),
        "state": None if state is None else _state(state),
    }


def _state(state: TurnState) -> dict[str, Any]:
    return {
        "weights": state.weights_fingerprint,
        "tokenizer": state.tokenizer_fingerprint,
        "base": state.base,
        "tokens": state.tokens_read,
        "payload": base64.b64encode(state.payload).decode(),
    }


def understood(content: bytes) -> Talk:
    """A conversation from its entry; ValueError where it is not one."""
    try:
        talk = _TALK.validate_json(content)
        turns = tuple(_turn_of(each) for each in talk.turns)
        return Talk(talk.id, talk.title, datetime.fromisoformat(talk.created_at), turns)
    except (ValidationError, RecursionError, OverflowError) as error:
        raise ValueError("no conversation") from error


def _turn_of(each: _Turn) -> tuple[NewTurn, datetime, TurnState | None]:
    said = NewTurn(
        question=each.question,
        asked=each.asked,
        answer=each.answer,
        found=each.found,
        confidence=each.confidence,
        seconds=each.seconds,
        quotes=tuple(Quote(document_id="", **quote.model_dump()) for quote in each.quotes),
        lines=tuple(Line(line.text, tuple(line.quotes)) for line in each.lines),
        dropped=each.dropped,
    )
    if any(number >= len(said.quotes) for line in said.lines for number in line.quotes):
        raise ValueError("a sentence rests on a quote that is not there")
    moment = datetime.fromisoformat(each.created_at)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return said, moment, None if each.state is None else _state_of(each.state)


def _state_of(state: _State) -> TurnState:
    payload = base64.b64decode(state.payload, validate=True)
    marks = (state.weights, state.tokenizer, state.base, state.tokens)
    return TurnState(*marks, payload, checksum(payload))
