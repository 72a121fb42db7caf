"""Conversations: each question answered, then stored with its answer and state at once."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.speaking import past_of
from storage.talk import (
    ConversationRecord,
    Line,
    NewConversation,
    NewTurn,
    Quote,
    TurnRecord,
    TurnState,
)

if TYPE_CHECKING:  # torch takes a second to import, and a list of conversations needs none of it
    from app.service import Service
    from pipelines.answer import Answer, Step
    from pipelines.followup import Heard
    from retnet_core.voice import Past

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


def conversing(
    service: Service, about: About | ConversationRecord, question: str, *, again: bool = False
) -> Generator[Step, None, Reply]:
    """Answer a question and store the turn, whole or not at all, after the last step is told.

    again: the turn takes the place of the last one, which stays until then.

    Raises as Service.ask does, StaleConversation where another process went on with the same
    conversation meanwhile, and NotFound where it, or a document, is gone.
    """
    from pipelines import converse, memory
    from pipelines.written import write

    turns = service.talks.turns(about) if isinstance(about, ConversationRecord) else ()
    turns = turns[:-1] if again else turns
    ids = None if about.everything else list(about.document_ids)
    sources = service.sources(service.library.scope(service.settings.owner, ids))
    quoted, asked = yield from converse.conversing(sources, _heard(turns), question)
    past, base = _past(service, about, turns)
    answer = quoted
    if service.voice.write is not None:
        answer = yield from write(service.library, service.voice, past, question, quoted)
    turn = _turn(question, asked, answer)
    state = memory.after(service.voice, base, past, (turn.question, turn.answer))
    stored = _stored(service, about, len(turns), turn, state, again)
    return Reply(stored, len(turns), asked, answer)


def _heard(turns: Sequence[TurnRecord]) -> list[Heard]:
    from pipelines.followup import Heard, Place

    heard = []
    for each in turns:
        said = each.turn
        first = said.quotes[0] if said.quotes and said.found else None
        place = Place(first.document_id, first.sentence_start, first.sentence) if first else None
        heard.append(Heard(said.question, said.answer, place, said.confidence))
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
    written = answer.written
    return NewTurn(
        question=" ".join(question.split()),
        asked=asked,
        answer=answer.text,
        found=answer.found,
        confidence=answer.confidence,
        seconds=answer.seconds,
        quotes=quotes,
        lines=tuple(Line(each.text, each.citations) for each in written.lines) if written else (),
        dropped=written.dropped if written else None,
    )


def _stored(
    service: Service,
    about: About | ConversationRecord,
    index: int,
    turn: NewTurn,
    state: TurnState,
    again: bool,
) -> ConversationRecord:
    kept, owner = service.library.conversations, service.settings.owner
    if isinstance(about, ConversationRecord):
        store = kept.replace_last if again else kept.add_turn
        return store(owner, about.id, index, turn, state)
    title = turn.question[:LONGEST_TITLE]
    new = NewConversation(owner, title, about.document_ids, about.everything)
    return kept.begin(new, turn, state)


def _past(
    service: Service, about: About | ConversationRecord, turns: Sequence[TurnRecord]
) -> tuple[Past, str]:
    """The state before the next turn and what it began from.

    Where it is not kept, is damaged, or is another model's or another reading's, it is made again
    from the words of the turns, and kept.
    """
    from pipelines import memory

    voice, kept, owner = service.voice, service.library.conversations, service.settings.owner
    begun, base = past_of(service.library, about.document_ids, voice)
    if not isinstance(about, ConversationRecord):
        return begun, base
    lost: list[TurnRecord] = []
    for each in reversed(turns):
        past = memory.resumed(voice, base, kept.state_after(owner, about.id, each.index))
        if past is not None:
            begun = past
            break
        lost.insert(0, each)
    said = [(each.turn.question, each.turn.answer) for each in lost]
    states = list(memory.made_again(voice, base, begun, said))
    if not states:
        return begun, base
    places = [each.index for each in lost]
    kept.keep_states(owner, about.id, list(zip(places, states, strict=True)))
    return voice.resumed(states[-1].payload), base
