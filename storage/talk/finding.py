"""Conversations looked up by owner, name and words, inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from storage.errors import AmbiguousName, NotFound
from storage.schema import conversation, turn
from storage.talk import ConversationRecord
from storage.talk.ties import named_of


def of_owner(
    connection: Connection, owner: str, ids: Sequence[str] | None = None
) -> tuple[ConversationRecord, ...]:
    """The owner's conversations, or these of them, the one changed last first."""
    held = turn.c.conversation == conversation.c.number
    count = select(func.count()).where(held).scalar_subquery().label("turns")
    sizes = select(func.coalesce(func.sum(turn.c.size), 0)).where(held)
    last = select(func.max(turn.c.created_at)).where(held).scalar_subquery().label("changed_at")
    mine = select(conversation, count, sizes.scalar_subquery().label("size"), last).where(
        conversation.c.owner == owner
    )
    if ids is not None:
        mine = mine.where(conversation.c.id.in_(ids))
    rows = connection.execute(mine).all()
    named = named_of(connection, owner)
    records = [_record(row, tuple(named.get(row.number, ()))) for row in rows]
    return tuple(sorted(records, key=lambda each: (each.changed_at, each.id), reverse=True))


def _record(row: Row[Any], document_ids: tuple[str, ...]) -> ConversationRecord:
    return ConversationRecord(
        id=row.id,
        owner=row.owner,
        title=row.title,
        document_ids=document_ids,
        everything=row.everything,
        created_at=row.created_at,
        changed_at=row.changed_at or row.created_at,
        turns=row.turns,
        parent=row.parent,
        shared_turns=row.shared_turns,
        stored_bytes=row.size,
    )


def find(connection: Connection, owner: str, key: str) -> ConversationRecord:
    """The owner's conversation of this id, unique prefix of it (4 or more) or title."""
    every = of_owner(connection, owner)
    folded = key.casefold()
    ways = (
        [each for each in every if each.id == key.lower()],
        [each for each in every if len(key) >= 4 and each.id.startswith(key.lower())],
        [each for each in every if each.title == key],
        [each for each in every if each.title.casefold() == folded],
    )
    for found in ways:
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(f"{each.id} ({each.title})" for each in found[:10])
            raise AmbiguousName(
                f"{key!r} fits {len(found)} conversations: {listed}. Name one by its id."
            )
    raise NotFound(f"There is no conversation {key!r}: `readonce conversations list` shows yours.")


def number_of(connection: Connection, owner: str, conversation_id: str) -> int:
    """The number of the owner's conversation; NotFound."""
    mine = select(conversation.c.number).filter_by(id=conversation_id, owner=owner)
    number = connection.scalar(mine)
    if number is None:
        raise NotFound(
            f"There is no conversation {conversation_id} (any more): "
            "`readonce conversations list` shows yours."
        )
    return int(number)


def holding(connection: Connection, owner: str, words: Sequence[str]) -> set[str]:
    """The ids of the owner's conversations in which all these words stand, in any case."""
    wanted = [word.casefold() for word in words]
    rows = connection.execute(
        select(conversation.c.id, conversation.c.title, turn.c.question, turn.c.answer)
        .outerjoin(turn, turn.c.conversation == conversation.c.number)
        .where(conversation.c.owner == owner)
    )
    said: dict[str, list[str]] = {}
    for row in rows:
        said.setdefault(row.id, [row.title]).extend((row.question or "", row.answer or ""))
    texts = {each: "\n".join(parts).casefold() for each, parts in said.items()}
    return {each for each, text in texts.items() if all(word in text for word in wanted)}
