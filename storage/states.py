"""The stored states of readings, looked up inside one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, select

from storage import listing
from storage.checksums import checksum, require_checksum
from storage.errors import StateDamaged
from storage.records import CheckpointRecord, SnapshotRecord
from storage.schema import checkpoint, document, snapshot


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
    row = connection.execute(
        select(checkpoint).where(*of_reading(checkpoint, document_id, weights, tokenizer))
    ).one_or_none()
    if row is None:
        listing.require(connection, document_id)
        return None
    _require_sound(connection, document_id, row)
    return CheckpointRecord(
        row.passage_index, row.tokens_read, row.payload, row.checksum, weights, tokenizer
    )


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
    row = connection.execute(
        select(snapshot)
        .where(
            *of_reading(snapshot, document_id, weights, tokenizer), snapshot.c.tokens_read <= token
        )
        .order_by(snapshot.c.tokens_read.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        listing.require(connection, document_id)
        return None
    _require_sound(connection, document_id, row)
    return SnapshotRecord(
        row.passage_index, row.tokens_read, row.payload, row.checksum, weights, tokenizer
    )


def _require_sound(connection: Connection, document_id: str, row: Row[Any]) -> None:
    if checksum(row.payload) == row.checksum:
        return
    title = connection.scalar(select(document.c.title).where(document.c.id == document_id))
    raise StateDamaged(
        f"What was kept of reading {title!r} ({document_id}) is damaged on the disk: run"
        " `readonce add` with its file to read it again."
    )
