"""Conversations begun, renamed, shortened, branched off and removed, inside one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from storage.blanking import blank
from storage.checksums import checksum
from storage.schema import conversation, conversation_document, storable, turn
from storage.talk import ConversationRecord, NewConversation, turns
from storage.talk.finding import number_of
from storage.talk.ties import documents_of, require_documents, tie

_AT_ONCE = 500  # parameters of a statement


def begin(
    connection: Connection,
    new: NewConversation,
    conversation_id: str,
    now: datetime,
    *,
    parent: str | None = None,
    shared: int = 0,
) -> int:
    """Store a conversation without turns; its number is returned. NotFound for a document."""
    require_documents(connection, new)
    values = {
        "id": conversation_id,
        "owner": new.owner,
        "title": storable(new.title),
        "everything": new.everything,
        "created_at": now,
        "parent": parent,
        "shared_turns": shared,
    }
    marked = {**values, "checksum": digest(values, new.document_ids)}
    connection.execute(insert(conversation).values(marked))
    number = int(
        connection.execute(select(conversation.c.number).filter_by(id=conversation_id)).scalar_one()
    )
    tie(connection, number, new.document_ids, named=True)
    return number


def rename(connection: Connection, number: int, title: str) -> None:
    """Give a conversation another title."""
    here = conversation.c.number == number
    blank(connection, conversation, ("title",), here)
    connection.execute(update(conversation).where(here).values(title=storable(title)))
    restate(connection, number)


def restate(connection: Connection, number: int) -> None:
    """Take what a conversation is now as what it is to be found as."""
    here = conversation.c.number == number
    row = connection.execute(select(conversation).where(here)).one()
    mark = digest(dict(row._mapping), documents_of(connection, number))
    connection.execute(update(conversation).where(here).values(checksum=mark))


def digest(values: dict[str, Any], document_ids: Sequence[str]) -> str:
    """SHA-256 over what a conversation is."""
    names = ("id", "owner", "title", "everything", "parent", "shared_turns")
    told = [values[name] for name in names]
    created = values["created_at"].isoformat()
    return checksum(json.dumps([*told, created, list(document_ids)]).encode())


def cut(connection: Connection, number: int, left: int) -> None:
    """Remove the turns behind the first so many; a conversation without a turn goes too."""
    if left == 0:
        remove(connection, [number])
        return
    turns.remove_after(connection, number, left)


def branch(
    connection: Connection, source: ConversationRecord, turns: int, new_id: str, now: datetime
) -> None:
    """A conversation of its own that shares the first turns of another; states come along."""
    new = NewConversation(source.owner, source.title, source.document_ids, source.everything)
    number = begin(connection, new, new_id, now, parent=source.id, shared=turns)
    of = number_of(connection, source.owner, source.id)
    names = [column.name for column in turn.c if column.name not in ("id", "conversation")]
    kept = select(*(turn.c[name] for name in names)).where(
        turn.c.conversation == of, turn.c.index < turns
    )
    for row in connection.execute(kept.order_by(turn.c.index)).all():
        connection.execute(insert(turn).values({**row._mapping, "conversation": number}))
    cited = select(conversation_document.c.document_id).filter_by(conversation=of, named=False)
    tie(connection, number, connection.scalars(cited).all(), named=False)


def remove(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove conversations with every trace of their words."""
    for first in range(0, len(numbers), _AT_ONCE):
        some = list(numbers[first : first + _AT_ONCE])
        blank(connection, turn, turns.WORDS, turn.c.conversation.in_(some))
        blank(connection, conversation, ("title",), conversation.c.number.in_(some))
        connection.execute(delete(conversation).where(conversation.c.number.in_(some)))


def remove_of_document(connection: Connection, document_id: str) -> None:
    """Remove every conversation that is about a document or quotes it."""
    tied = select(conversation_document.c.conversation).filter_by(document_id=document_id)
    remove(connection, sorted(set(connection.scalars(tied))))
