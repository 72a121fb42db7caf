"""Conversations: each question answered, then stored with its answer and state at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import NothingToUndo
from storage.talk import (
    ConversationRecord,
    NewConversation,
    NewTurn,
    Quote,
    TurnRecord,
    TurnState,
)

if TYPE_CHECKING:  # torch takes a second to import, and a list of conversations needs none of it
    from app.service import Service
    from pipelines.answer import Answer
    from pipelines.followup import Heard
    from retnet_core.voice import Past, Voice

LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class About:
    """What a new conversation is about: these documents, or all of them."""

    document_ids: tuple[str, ...] = ()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in a conversation, which is stored already; turn counts from 0.

    asked: the question as it was understood.
    """

    conversation: ConversationRecord
    turn: int
    asked: str
    answer: Answer


def converse(service: Service, about: About | ConversationRecord, question: str) -> Reply:
    """Answer a question and store the turn, whole or not at all.

    Raises as Service.ask does, StaleConversation where another process went on with the same
    conversation meanwhile, and NotFound where it, or a document, is gone.
    """
    from pipelines.converse import converse as answered

    owner = service.settings.owner
    turns = service.turns(about) if isinstance(about, ConversationRecord) else ()
    ids = None if about.everything else list(about.document_ids)
    scope = service.library.scope(owner, ids)
    answer, asked = answered(
        service.library, scope, _heard(turns), question, service.reader, service.vectors
    )
    turn = _turn(question, asked, answer)
    state = _state_after(service, about, turns, turn)
    stored = _stored(service, about, len(turns), turn, state)
    return Reply(stored, len(turns), asked, answer)


def _heard(turns: Sequence[TurnRecord]) -> list[Heard]:
    from pipelines.followup import Heard, Place

    heard = []
    for each in turns:
        said = each.turn
        first = said.quotes[0] if said.quotes and said.found else None
        place = Place(first.document_id, first.sentence_start, first.sentence) if first else None
        heard.append(Heard(said.question, said.answer, place))
    return heard


def _turn(question: str, asked: str, answer: Answer) -> NewTurn:
    quotes = tuple(
        Quote(
            document_id=each.document.id,
            title=each.document.title,
            version=each.document.version,
            page=each.page,
            section=each.section,
            sentence=each.sentence,
            sentence_start=each.sentence_start,
            sentence_end=each.sentence_end,
            start=each.start,
            end=each.end,
            text=each.text,
        )
        for each in answer.citations
    )
    question = " ".join(question.split())
    return NewTurn(
        question, asked, answer.text, answer.found, answer.confidence, answer.seconds, quotes
    )


def _stored(
    service: Service,
    about: About | ConversationRecord,
    index: int,
    turn: NewTurn,
    state: TurnState,
) -> ConversationRecord:
    kept, owner = service.library.conversations, service.settings.owner
    if isinstance(about, ConversationRecord):
        return kept.add_turn(owner, about.id, index, turn, state)
    title = turn.question[:LONGEST_TITLE]
    new = NewConversation(owner, title, about.document_ids, about.everything)
    return kept.begin(new, turn, state)


def _state_after(
    service: Service,
    about: About | ConversationRecord,
    turns: Sequence[TurnRecord],
    turn: NewTurn,
) -> TurnState:
    from pipelines import memory

    voice = service.voice
    payloads, base = _base(service, voice, about.document_ids)
    past = _past(service, voice, base, payloads, about, turns)
    return memory.after(voice, base, past, (turn.question, turn.answer))


def _past(
    service: Service,
    voice: Voice,
    base: str,
    payloads: Sequence[bytes],
    about: About | ConversationRecord,
    turns: Sequence[TurnRecord],
) -> Past:
    """The state before a turn, made again from the words of the turns where it is not kept."""
    from pipelines import memory

    begun = voice.joined([voice.resumed(payload) for payload in payloads])
    if not isinstance(about, ConversationRecord) or not turns:
        return begun
    kept, owner = service.library.conversations, service.settings.owner
    lost: list[TurnRecord] = []
    past: Past | None = None
    for each in reversed(turns):
        past = memory.resumed(voice, base, kept.state_after(owner, about.id, each.index))
        if past is not None:
            break
        lost.insert(0, each)
    said = [(each.turn.question, each.turn.answer) for each in lost]
    states = list(memory.made_again(voice, base, past or begun, said))
    if states:
        places = [each.index for each in lost]
        kept.keep_states(owner, about.id, list(zip(places, states, strict=True)))
        return voice.resumed(states[-1].payload)
    return past or begun


def _base(service: Service, voice: Voice, document_ids: Sequence[str]) -> tuple[list[bytes], str]:
    """The final states of documents by this model, and what is begun from them.

    A document that this model has not read to its end is left out.
    """
    from pipelines import memory

    library, owner = service.library, service.settings.owner
    records = {each.id: each for each in library.some(owner, document_ids)}
    payloads, checksums = [], []
    for each in document_ids:
        marks = (voice.weights_fingerprint, voice.tokenizer_fingerprint)
        record = records.get(each)
        kept = library.checkpoint(each, *marks) if record and record.finished else None
        if kept is not None:
            payloads.append(kept.payload)
            checksums.append(kept.checksum)
    return payloads, memory.base_of(voice, checksums)


def undo(service: Service, conversation: ConversationRecord) -> ConversationRecord | None:
    """The conversation without its last turn; None where that was the only one, and it is gone."""
    if not conversation.turns:
        raise NothingToUndo("Nothing has been asked in this conversation yet.")
    left, owner = conversation.turns - 1, service.settings.owner
    service.library.conversations.cut(owner, conversation.id, left)
    return service.library.conversations.find(owner, conversation.id) if left else None


def branch(
    service: Service, conversation: ConversationRecord, turns: int | None = None
) -> ConversationRecord:
    """A new conversation that shares the first so many turns, or all of them."""
    count = conversation.turns if turns is None else turns
    if not 1 <= count <= conversation.turns:
        raise NothingToUndo(
            f"This conversation has {conversation.turns} turns: name how many of them the new one "
            "begins with, 1 or more."
        )
    return service.library.conversations.branch(service.settings.owner, conversation.id, count)
