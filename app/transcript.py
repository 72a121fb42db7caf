"""A conversation as Markdown, with what was cited and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.wording import counted, how_sure
from storage.errors import NotFound
from storage.talk import ConversationRecord, Quote, TurnRecord

if TYPE_CHECKING:
    from app.service import Service

_SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>#|!&"})


def still_there(service: Service, turns: Sequence[TurnRecord]) -> list[list[bool]]:
    """Of each quote of each turn whether its sentence stands at its place now."""
    texts: dict[str, str] = {}
    for quote in (quote for turn in turns for quote in turn.turn.quotes):
        if quote.document_id not in texts:
            try:
                texts[quote.document_id] = service.library.text(quote.document_id)
            except NotFound:
                texts[quote.document_id] = ""
    return [[_stands(texts[q.document_id], q) for q in turn.turn.quotes] for turn in turns]


def _stands(text: str, quote: Quote) -> bool:
    return text[quote.sentence_start : quote.sentence_end] == quote.sentence


def markdown(service: Service, conversation: ConversationRecord) -> str:
    """The whole conversation; what a document says is written so that it stays plain text."""
    turns = service.talks.turns(conversation)
    current = still_there(service, turns)
    parts = [f"# {_plain(conversation.title)}\n", f"{_about(service, conversation)}\n"]
    for turn, stand in zip(turns, current, strict=True):
        parts.append("\n".join(_turn(turn, stand)))
    return "\n".join(parts)


def _about(service: Service, conversation: ConversationRecord) -> str:
    owner = conversation.owner
    records = {each.id: each for each in service.library.some(owner, conversation.document_ids)}
    titles = [_plain(records[each].title) for each in conversation.document_ids if each in records]
    about = "the whole library" if conversation.everything else ", ".join(titles)
    day = conversation.created_at.date().isoformat()
    return f"About {about}. {counted(conversation.turns, 'question')}, begun on {day}."


def _turn(turn: TurnRecord, current: Sequence[bool]) -> Iterator[str]:
    said = turn.turn
    yield f"## {turn.index + 1}. {_plain(said.question)}\n"
    if not turn.sound:
        yield "(This turn was damaged on the disk: its words may not be those that were said.)\n"
    if said.found:
        yield f"**{_plain(said.answer)}**\n"
        yield f"{how_sure(said.confidence)}\n"
    else:
        yield "Not found. The nearest passages:\n"
    if said.dropped:
        yield f"{said.dropped:.0%} of what was written was left out: it had no evidence.\n"
    for number, (quote, stands) in enumerate(zip(said.quotes, current, strict=True), start=1):
        yield f"{number}. {_place(quote)}{'' if stands else ', in an earlier version'}"
        yield f"   > {_plain(quote.sentence)}\n"


def _place(quote: Quote) -> str:
    parts = (_plain(quote.title), f"page {quote.page}", _plain(quote.section))
    return ", ".join(part for part in parts if part)


def _plain(text: str) -> str:
    return " ".join(text.split()).translate(_SPECIAL)
