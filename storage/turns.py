"""Conversations inside one transaction: kept turn by turn, shortened, branched, removed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from storage.blanking import blank
from storage.checksums import checksum, require_checksum
from storage.errors import AmbiguousName, NotFound, StaleConversation
from storage.readers import KEPT, readable_by
from storage.schema import conversation, conversation_document, document, turn
from storage.talk import (
    ConversationRecord,
    NewConversation,
    NewTurn,
    TurnRecord,
    TurnState,
    packed,
    unpacked,
)

_AT_ONCE = 500  # parameters of a statement
STATE = (
    "weights_fingerprint",
    "tokenizer_fingerprint",
    "base",
    "tokens_read",
    "state_checksum",
    "size",
    "payload",
)
WORDS = ("question", "asked", "answer", "evidence")


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
    _require_documents(connection, new)
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
    _tie(connection, number, new.document_ids, named=True)
    return number


def _require_documents(connection: Connection, new: NewConversation) -> None:
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


def _tie(connection: Connection, number: int, document_ids: Iterable[str], *, named: bool) -> None:
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


def add_turn(
    connection: Connection,
    number: int,
    index: int,
    new: NewTurn,
    state: TurnState | None,
    now: datetime,
) -> None:
    """Store the turn that follows the first `index` ones; raises StaleConversation if it does not.

    The conversation is tied to every document that the turn quotes.
    """
    _require_turns(connection, number, index)
    values = _words(new, now)
    place = {"conversation": number, "index": index, "checksum": turn_digest(values)}
    connection.execute(insert(turn).values({**place, **values, **_state_values(state)}))
    _tie(connection, number, (quote.document_id for quote in new.quotes), named=False)


def replace_last(
    connection: Connection,
    number: int,
    index: int,
    new: NewTurn,
    state: TurnState | None,
    now: datetime,
) -> None:
    """Store a turn in the place of the last one; raises StaleConversation if that is another."""
    _require_turns(connection, number, index + 1)
    _remove_turns(connection, number, index)
    add_turn(connection, number, index, new, state, now)


def _require_turns(connection: Connection, number: int, count: int) -> None:
    held = connection.scalar(select(func.count()).select_from(turn).filter_by(conversation=number))
    if held != count:
        raise StaleConversation(
            "This conversation was changed in another window or process meanwhile: open it again "
            "to go on from where it is now."
        )


def _words(new: NewTurn, now: datetime) -> dict[str, Any]:
    return {
        "question": storable(new.question),
        "asked": storable(new.asked),
        "answer": storable(new.answer),
        "found": new.found,
        "confidence": float(new.confidence),
        "seconds": float(new.seconds),
        "evidence": packed(new),
        "created_at": now,
    }


def _state_values(state: TurnState | None) -> dict[str, Any]:
    if state is None:
        return {"size": 0}
    require_checksum(state.payload, state.checksum, "checksum of the state")
    return {
        "weights_fingerprint": state.weights_fingerprint,
        "tokenizer_fingerprint": state.tokenizer_fingerprint,
        "base": state.base,
        "tokens_read": state.tokens_read,
        "state_checksum": state_mark(state),
        "size": len(state.payload),
        "payload": state.payload,
    }


def keep_states(
    connection: Connection, number: int, states: Sequence[tuple[int, TurnState]]
) -> None:
    """Put states that were made again in the place of those of these turns."""
    for index, state in states:
        here = (turn.c.conversation == number, turn.c.index == index)
        connection.execute(update(turn).where(*here).values(_state_values(state)))


def state_after(connection: Connection, number: int, index: int) -> TurnState | None:
    """The state after a turn; None where none is kept, or what is kept is damaged."""
    row = connection.execute(
        select(*(turn.c[name] for name in STATE)).where(
            turn.c.conversation == number, turn.c.index == index
        )
    ).one_or_none()
    return None if row is None else sound_state(row._mapping)


def sound_state(row: Mapping[Any, Any]) -> TurnState | None:
    """The state in a turn's row; None where there is none that is what was stored."""
    if row["payload"] is None:
        return None
    names = ("weights_fingerprint", "tokenizer_fingerprint", "base", "tokens_read", "payload")
    values = {name: row[name] for name in names}
    state = TurnState(**values, checksum=checksum(row["payload"]))
    return state if state_mark(state) == row["state_checksum"] else None


def state_mark(state: TurnState) -> str:
    """SHA-256 over a state and what is said of it."""
    told = (state.weights_fingerprint, state.tokenizer_fingerprint, state.base, state.checksum)
    return checksum("\n".join((*told, str(state.tokens_read))).encode())


def turns_of(connection: Connection, number: int) -> tuple[TurnRecord, ...]:
    """The turns in order, without their states."""
    columns = [column for column in turn.c if column.name not in ("payload", "conversation")]
    rows = connection.execute(
        select(*columns).where(turn.c.conversation == number).order_by(turn.c.index)
    )
    return tuple(map(_turn, rows))


def _turn(row: Row[Any]) -> TurnRecord:
    values = dict(row._mapping)
    sound = turn_digest(values) == values["checksum"]
    try:
        evidence = unpacked(values["evidence"])
    except (ValueError, TypeError, KeyError):
        evidence = {"quotes": (), "lines": (), "dropped": None}
    names = ("question", "asked", "answer", "found", "confidence", "seconds")
    said = NewTurn(**{name: values[name] for name in names}, **evidence)
    return TurnRecord(values["index"], said, row.created_at, row.size, sound)


def turn_digest(values: dict[str, Any]) -> str:
    """SHA-256 over the words of a turn."""
    names = ("question", "asked", "answer", "found", "confidence", "seconds", "evidence")
    told = [values[name] for name in names]
    return checksum(json.dumps([*told, values["created_at"].isoformat()]).encode())


def digest(values: dict[str, Any], document_ids: Sequence[str]) -> str:
    """SHA-256 over what a conversation is."""
    names = ("id", "owner", "title", "everything", "parent", "shared_turns")
    told = [values[name] for name in names]
    created = values["created_at"].isoformat()
    return checksum(json.dumps([*told, created, list(document_ids)]).encode())


def storable(text: str) -> str:
    """The text as it comes out of the database: without lone surrogates."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


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
    named = _named(connection, owner)
    records = [_record(row, tuple(named.get(row.number, ()))) for row in rows]
    return tuple(sorted(records, key=lambda each: (each.changed_at, each.id), reverse=True))


def documents_of(connection: Connection, number: int) -> list[str]:
    """The documents that a conversation was begun with, in order."""
    mine = select(conversation_document.c.document_id).filter_by(conversation=number, named=True)
    ordered = connection.scalars(mine.order_by(conversation_document.c.id))
    return list(dict.fromkeys(ordered))


def _named(connection: Connection, owner: str) -> dict[int, list[str]]:
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


def cut(connection: Connection, number: int, left: int) -> None:
    """Remove the turns behind the first so many; a conversation without a turn goes too."""
    if left == 0:
        remove(connection, [number])
        return
    _remove_turns(connection, number, left)


def _remove_turns(connection: Connection, number: int, left: int) -> None:
    gone = (turn.c.conversation == number) & (turn.c.index >= left)
    blank(connection, turn, WORDS, gone)
    connection.execute(delete(turn).where(gone))


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
    _tie(connection, number, connection.scalars(cited).all(), named=False)


def remove(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove conversations with every trace of their words."""
    for first in range(0, len(numbers), _AT_ONCE):
        some = list(numbers[first : first + _AT_ONCE])
        blank(connection, turn, WORDS, turn.c.conversation.in_(some))
        blank(connection, conversation, ("title",), conversation.c.number.in_(some))
        connection.execute(delete(conversation).where(conversation.c.number.in_(some)))


def tied_to(connection: Connection, document_id: str) -> set[str]:
    """The ids of the conversations that are about a document or quote it."""
    tied = select(conversation_document.c.conversation).filter_by(document_id=document_id)
    return set(connection.scalars(select(conversation.c.id).where(conversation.c.number.in_(tied))))


def remove_of_document(connection: Connection, document_id: str) -> None:
    """Remove every conversation that is about a document or quotes it."""
    tied = select(conversation_document.c.conversation).filter_by(document_id=document_id)
    remove(connection, sorted(set(connection.scalars(tied))))
