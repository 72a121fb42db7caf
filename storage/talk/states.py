"""The states after turns, inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from storage.checksums import checksum, require_checksum
from storage.schema import turn
from storage.talk import TurnState

STATE = (
    "weights_fingerprint",
    "tokenizer_fingerprint",
    "base",
    "tokens_read",
    "state_checksum",
    "size",
    "payload",
)


def state_values(state: TurnState | None) -> dict[str, Any]:
    """The columns of a turn that its state is kept in."""
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
        connection.execute(update(turn).where(*here).values(state_values(state)))


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
