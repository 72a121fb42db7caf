"""Which documents a conversation is about or quotes: it goes when one of them goes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from storage.errors import NotFound
from storage.readers import KEPT, readable_by
from storage.schema import conversation, conversation_document, document
from storage.talk import NewConversation


def require_documents(connection: Connection, new: NewConversation) -> None:
    """NotFound where a document that a conversation is to be about is not its owner's."""
    if not new.document_ids and not new.everything:
        raise ValueError("a conversation is about documents, or about everything")
    mine = select(document.c.id).where(
        readable_by(new.owner), KEPT, document.c.id.in_(new.document_ids)
    )
    missing = set(new.document_ids) - set(connection.scalars(mine))
    if missing:
        raise NotFound(
            f"There is no document {min(missing)} (any more): `readonce list` shows yours."
        )


def tie(connection: Connection, number: int, document_ids: Iterable[str], *, named: bool) -> None:
    """Say that a conversation holds text of these documents, and goes when one of them goes."""
    tied = select(conversation_document.c.document_id).filter_by(conversation=number)
    known = set(connection.scalars(tied))
    wanted = [each for each in dict.fromkeys(document_ids) if each not in known]
    living = set(connection.scalars(select(document.c.id).where(document.c.id.in_(wanted))))
    if set(wanted) - living:
        raise NotFound(
            "A document that was quoted has been deleted meanwhile: ask the question again."
        )
    for each in wanted:
        row = {"conversation": number, "document_id": each, "named": named}
        connection.execute(insert(conversation_document).values(row))


def documents_of(connection: Connection, number: int) -> list[str]:
    """The documents that a conversation was begun with, in order."""
    mine = select(conversation_document.c.document_id).filter_by(conversation=number, named=True)
    ordered = connection.scalars(mine.order_by(conversation_document.c.id))
    return list(dict.fromkeys(ordered))


def named_of(connection: Connection, owner: str) -> dict[int, list[str]]:
    """The same of each of the owner's conversations, by its number."""
    rows = connection.execute(
        select(conversation_document.c.conversation, conversation_document.c.document_id)
        .join(conversation, conversation.c.number == conversation_document.c.conversation)
        .where(conversation.c.owner == owner, conversation_document.c.named)
        .order_by(conversation_document.c.id)
    )
    found: dict[int, list[str]] = {}
    for number, document_id in rows:
        if document_id not in found.setdefault(number, []):
            found[number].append(document_id)
    return found


def tied_to(connection: Connection, document_id: str) -> set[str]:
    """The ids of the conversations that are about a document or quote it."""
    tied = select(conversation_document.c.conversation).filter_by(document_id=document_id)
    return set(connection.scalars(select(conversation.c.id).where(conversation.c.number.in_(tied))))
