"""Looking through conversations for damage, and dropping states that can be made again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, select, update

from storage.schema import backdrop, conversation, conversation_document, passage, turn
from storage.talk import backdrops, keeping, states, ties, turns

TalkKind = Literal["conversation", "turn", "backdrop"]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is not as it was stored, in words."""

    kind: TalkKind
    place: str


def of_document(connection: Connection, document_id: str) -> Iterator[Found]:
    """What is wrong with the conversations about a document.

    One that is about several is looked at with the first of them only.
    """
    tied = select(conversation_document.c.conversation).filter_by(document_id=document_id)
    for number in sorted(set(connection.scalars(tied))):
        first = select(conversation_document.c.document_id).filter_by(conversation=number)
        if connection.scalar(first.order_by(conversation_document.c.id).limit(1)) == document_id:
            yield from _conversation(connection, number)


def untied(connection: Connection) -> Iterator[Found]:
    """What is wrong with the conversations that quote no document."""
    tied = select(conversation_document.c.conversation)
    for number in connection.scalars(
        select(conversation.c.number).where(conversation.c.number.not_in(tied))
    ).all():
        yield from _conversation(connection, number)


def _conversation(connection: Connection, number: int) -> Iterator[Found]:
    row = connection.execute(select(conversation).filter_by(number=number)).one_or_none()
    if row is None:
        return  # told as an orphan
    named = ties.documents_of(connection, number)
    if keeping.digest(dict(row._mapping), named) != row.checksum:
        yield Found("conversation", f"what the conversation {row.id} is called and about")
    rows = connection.execute(
        select(turn).where(turn.c.conversation == number).order_by(turn.c.index)
    ).all()
    for place, each in enumerate(rows):
        values = dict(each._mapping)
        if values["index"] != place or turns.turn_digest(values) != values["checksum"]:
            yield Found("conversation", f"question {place + 1} of the conversation {row.id}")
        if not _state_is_sound(each):
            yield Found("turn", f"the state after question {place + 1} of {row.id}")
    if not rows:
        yield Found("conversation", f"the questions of the conversation {row.id}")


def _state_is_sound(row: Row[Any]) -> bool:
    if row.payload is None:
        return bool(row.size == 0)
    return states.sound_state(row._mapping) is not None and len(row.payload) == row.size


def backdrops_of(connection: Connection, document_id: str) -> Iterator[Found]:
    """States of models that write which are not what was kept, or stand nowhere."""
    places = select(passage.c.index).where(passage.c.document_id == document_id)
    last = max(connection.scalars(places), default=-1) + 1
    for row in connection.execute(select(backdrop).filter_by(document_id=document_id)):
        if not _is_whole(row) or not 0 <= row.passage_index <= last:
            yield Found("backdrop", f"the state of a model that writes after {row.position} tokens")


def _is_whole(row: Row[Any]) -> bool:
    return backdrops.understood(row) is not None and len(row.payload) == row.size


def drop_damaged_states(connection: Connection) -> None:
    """Forget the states that are not what was kept: they are made again when they are needed."""
    columns = [turn.c.id, *(turn.c[name] for name in states.STATE)]
    for row in connection.execute(select(*columns)).all():
        if not _state_is_sound(row):
            here = turn.c.id == row.id
            connection.execute(update(turn).where(here).values(payload=None, size=0))
    for row in connection.execute(select(backdrop)).all():
        if not _is_whole(row):
            connection.execute(delete(backdrop).where(backdrop.c.id == row.id))
