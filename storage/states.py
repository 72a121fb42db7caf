"""The stored states of readings, looked up inside one transaction."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, select

from storage import listing
from storage.checksums import checksum, require_checksum
from storage.records import CheckpointRecord, SnapshotRecord
from storage.schema import checkpoint, snapshot

State = TypeVar("State", CheckpointRecord, SnapshotRecord)


def of_reading(
    table: Table, document_id: str, weights: str, tokenizer: str
) -> tuple[ColumnElement[bool], ...]:
    """The conditions on the states of one reading."""
    return (
        table.c.document_id == document_id,
        table.c.weights_fingerprint == weights,
        table.c.tokenizer_fingerprint == tokenizer,
    )


def state_row(document_id: str, state: CheckpointRecord | SnapshotRecord) -> dict[str, Any]:
    """The row that a state is stored as."""
    require_checksum(state.payload, state.checksum, "checksum of the state")
    return {
        "document_id": document_id,
        "weights_fingerprint": state.weights_fingerprint,
        "tokenizer_fingerprint": state.tokenizer_fingerprint,
        "passage_index": state.passage_index,
        "tokens_read": state.tokens_read,
        "checksum": state.checksum,
        "size": len(state.payload),
        "payload": state.payload,
    }


def newest_checkpoint(
    connection: Connection, document_id: str, weights: str, tokenizer: str
) -> CheckpointRecord | None:
    """The exact state from which a reading by these weights goes on."""
    mine = of_reading(checkpoint, document_id, weights, tokenizer)
    row = connection.execute(select(checkpoint).where(*mine)).one_or_none()
    return _record(connection, document_id, row, CheckpointRecord)


def snapshot_places(
    connection: Connection, document_id: str, weights: str, tokenizer: str
) -> tuple[int, ...]:
    """See Readings.snapshot_places."""
    mine = of_reading(snapshot, document_id, weights, tokenizer)
    places = select(snapshot.c.tokens_read).where(*mine).order_by(snapshot.c.tokens_read)
    return tuple(connection.scalars(places))


def snapshot_before(
    connection: Connection, document_id: str, token: int, weights: str, tokenizer: str
) -> SnapshotRecord | None:
    """The latest snapshot of these weights with tokens_read <= token."""
    mine = of_reading(snapshot, document_id, weights, tokenizer)
    before = select(snapshot).where(*mine, snapshot.c.tokens_read <= token)
    latest = before.order_by(snapshot.c.tokens_read.desc()).limit(1)
    row = connection.execute(latest).one_or_none()
    return _record(connection, document_id, row, SnapshotRecord)


def _record(
    connection: Connection, document_id: str, row: Row[Any] | None, kind: type[State]
) -> State | None:
    """The state of a row; raises StateDamaged, or NotFound where the document is gone too."""
    if row is None:
        listing.require(connection, document_id)
        return None
    if checksum(row.payload) != row.checksum:
        raise listing.damaged(connection, document_id)
    return kind(
        row.passage_index,
        row.tokens_read,
        row.payload,
        row.checksum,
        row.weights_fingerprint,
        row.tokenizer_fingerprint,
    )
