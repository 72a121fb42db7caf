"""The turns of a conversation, inside one transaction."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from storage.blanking import blank
from storage.checksums import checksum
from storage.errors import StaleConversation
from storage.schema import storable, turn
from storage.talk import NewTurn, TurnRecord, TurnState, packed, unpacked
from storage.talk.states import state_values
from storage.talk.ties import tie

WORDS = ("question", "asked", "answer", "evidence")


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
    connection.execute(insert(turn).values({**place, **values, **state_values(state)}))
    tie(connection, number, (quote.document_id for quote in new.quotes), named=False)


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
    remove_after(connection, number, index)
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


def remove_after(connection: Connection, number: int, left: int) -> None:
    """Remove the turns behind the first so many with every trace of their words."""
    gone = (turn.c.conversation == number) & (turn.c.index >= left)
    blank(connection, turn, WORDS, gone)
    connection.execute(delete(turn).where(gone))
