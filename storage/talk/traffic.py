"""Conversations that leave a library with their document, and those that arrive with one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from storage.ids import new_id
from storage.schema import conversation, conversation_document
from storage.talk import NewConversation, NewTurn, Talk, keeping, states, turns


def about_only(connection: Connection, document_id: str) -> Iterator[Talk]:
    """The conversations that are about this document and quote no other, in order."""
    tied = select(conversation_document.c.conversation).filter_by(document_id=document_id)
    rows = select(conversation).where(
        conversation.c.number.in_(tied), conversation.c.everything.is_(False)
    )
    for row in connection.execute(rows.order_by(conversation.c.number)).all():
        others = select(conversation_document.c.document_id).filter_by(conversation=row.number)
        if set(connection.scalars(others)) == {document_id}:
            said = tuple(
                (each.turn, each.created_at, states.state_after(connection, row.number, each.index))
                for each in turns.turns_of(connection, row.number)
            )
            yield Talk(row.id, row.title, row.created_at, said)


def take(connection: Connection, owner: str, document_id: str, talks: Sequence[Talk]) -> None:
    """Store conversations that arrive with a document; one that the owner has is left alone."""
    for talk in talks:
        known = connection.execute(
            select(conversation.c.owner).where(conversation.c.id == talk.id)
        ).one_or_none()
        if known is not None and known.owner == owner:
            continue
        talk_id = talk.id if known is None else new_id()
        new = NewConversation(owner, talk.title, (document_id,))
        number = keeping.begin(connection, new, talk_id, talk.created_at)
        for index, (said, moment, state) in enumerate(talk.turns):
            turns.add_turn(connection, number, index, _moved(said, document_id), state, moment)


def _moved(said: NewTurn, document_id: str) -> NewTurn:
    """The same with the id that the document has here."""
    quotes = tuple(replace(quote, document_id=document_id) for quote in said.quotes)
    return replace(said, quotes=quotes)
