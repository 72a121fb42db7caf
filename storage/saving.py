"""A reading that goes on, ends or begins anew: what is kept of it, inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from storage import embeddings, listing, saliences, states
from storage.errors import StaleReading
from storage.records import CheckpointRecord, EmbeddingRecord, SalienceRecord, SnapshotRecord
from storage.schema import anchor, checkpoint, document, embedding, passage, salience, snapshot
from storage.spacing import spaced

_STATES = (checkpoint, snapshot, anchor)


def save(
    connection: Connection,
    document_id: str,
    new: CheckpointRecord,
    before: SnapshotRecord | None,
    vectors: EmbeddingRecord | None,
    marks: SalienceRecord | None,
    seconds: float,
    began: int,
    anchored: bool,
) -> None:
    """Replace the checkpoint of this reading, add what was met on the way, move progress on."""
    current = listing.row_of(connection, document_id)
    _require_same_count(current, new)
    stored = _newest(connection, document_id, new)
    _require_kept(current, stored, began)
    if stored is None or stored[0] < new.tokens_read:
        _replace_checkpoint(connection, document_id, new)
        _record_progress(connection, current, new, seconds)
        if vectors is not None:
            embeddings.save(connection, document_id, vectors)
        if marks is not None:
            saliences.save(connection, document_id, marks)
    elif stored != (new.tokens_read, new.checksum):
        raise StaleReading(
            f"Another process is reading {current.title!r} and is further (token"
            f" {stored[0]} against {new.tokens_read}): wait for it to finish."
        )
    elif current.weights_fingerprint != new.weights_fingerprint:
        _record_progress(connection, current, new, seconds)  # other weights began in between
    if before is not None:
        _add_once(connection, snapshot, document_id, before)
    if anchored and _add_once(connection, anchor, document_id, new):
        _count_anchors(connection, document_id, 1)


def _require_kept(current: Row[Any], stored: tuple[int, str] | None, began: int) -> None:
    # A reading whose earlier steps were dropped meanwhile would leave a document with holes.
    if began > (0 if stored is None else stored[0]):
        raise StaleReading(
            f"What was kept of reading {current.title!r} was dropped meanwhile: run `readonce add`"
            " with its file to read it again."
        )


def _require_same_count(current: Row[Any], new: CheckpointRecord) -> None:
    # Places in two tokenizers' tokens cannot be compared: all that is kept is in one's.
    if new.tokenizer_fingerprint != current.tokenizer_fingerprint:
        raise StaleReading(
            f"{current.title!r} is counted in the tokens of another model: run `readonce add` with"
            " its file to have this one read it."
        )


def _same_reading(
    table: Table, document_id: str, state: CheckpointRecord | SnapshotRecord
) -> tuple[ColumnElement[bool], ...]:
    return states.of_reading(
        table, document_id, state.weights_fingerprint, state.tokenizer_fingerprint
    )


def _newest(
    connection: Connection, document_id: str, new: CheckpointRecord
) -> tuple[int, str] | None:
    row = connection.execute(
        select(checkpoint.c.tokens_read, checkpoint.c.checksum).where(
            *_same_reading(checkpoint, document_id, new)
        )
    ).one_or_none()
    return None if row is None else (row.tokens_read, row.checksum)


def _replace_checkpoint(connection: Connection, document_id: str, new: CheckpointRecord) -> None:
    connection.execute(delete(checkpoint).where(*_same_reading(checkpoint, document_id, new)))
    connection.execute(insert(checkpoint).values(states.state_row(document_id, new)))


def _record_progress(
    connection: Connection, current: Row[Any], new: CheckpointRecord, seconds: float
) -> None:
    continues = current.weights_fingerprint == new.weights_fingerprint
    connection.execute(
        update(document)
        .where(document.c.id == current.id)
        .values(
            tokens_read=new.tokens_read,
            read_seconds=(current.read_seconds if continues else 0.0) + seconds,
            state_checksum=None,
            weights_fingerprint=new.weights_fingerprint,
        )
    )


def _add_once(
    connection: Connection,
    table: Table,
    document_id: str,
    new: CheckpointRecord | SnapshotRecord,
) -> bool:
    """Whether it was not there yet."""
    same = (*_same_reading(table, document_id, new), table.c.tokens_read == new.tokens_read)
    if connection.scalar(select(table.c.id).where(*same)) is not None:
        return False
    connection.execute(insert(table).values(states.state_row(document_id, new)))
    return True


def _count_anchors(connection: Connection, document_id: str, more: int) -> None:
    """Note how many anchors came, or went where it is less than nought.

    They are not counted again: one that is lost on the disk is to be missed.
    """
    connection.execute(
        update(document)
        .where(document.c.id == document_id)
        .values(anchors=document.c.anchors + more)
    )


def finish(connection: Connection, document_id: str, state_checksum: str) -> None:
    """Mark the reading as complete and drop the states of other readings."""
    current = listing.row_of(connection, document_id)
    if current.tokens_read < current.tokens:
        raise StaleReading(
            f"{current.title!r} is read to token {current.tokens_read} of {current.tokens} only:"
            " run `readonce add` with its file to read on."
        )
    connection.execute(
        update(document).where(document.c.id == document_id).values(state_checksum=state_checksum)
    )
    for table in (checkpoint, snapshot):
        connection.execute(delete(table).where(*_of_others(table, current)))
    _drop_anchors(connection, document_id, *_of_others(anchor, current))
    weights = str(current.weights_fingerprint)
    embeddings.RUNS.forget(connection, document_id, embedding.c.weights_fingerprint != weights)
    embeddings.RUNS.join(connection, document_id, weights)
    saliences.RUNS.forget(connection, document_id, salience.c.weights_fingerprint != weights)
    saliences.RUNS.join(connection, document_id, weights)
    _thin_out(connection, document_id, current.tokens)


def _thin_out(connection: Connection, document_id: str, tokens: int) -> None:
    mine = anchor.c.document_id == document_id
    places = connection.scalars(select(anchor.c.tokens_read).where(mine)).all()
    _drop_anchors(
        connection, document_id, mine, anchor.c.tokens_read.not_in(spaced(places, tokens))
    )


def _drop_anchors(
    connection: Connection, document_id: str, *conditions: ColumnElement[bool]
) -> None:
    dropped = connection.execute(delete(anchor).where(*conditions)).rowcount
    _count_anchors(connection, document_id, -dropped)


def _of_others(table: Table, current: Row[Any]) -> tuple[ColumnElement[bool], ...]:
    """The states of a document by other weights than those that read it last."""
    other = table.c.weights_fingerprint != current.weights_fingerprint
    return table.c.document_id == current.id, other


def forget(connection: Connection, document_id: str) -> None:
    """Drop every state of a document, so that it is read again from its first token."""
    listing.require(connection, document_id)
    for table in _STATES:
        connection.execute(delete(table).where(table.c.document_id == document_id))
    embeddings.RUNS.forget(connection, document_id)
    saliences.RUNS.forget(connection, document_id)
    connection.execute(
        update(document)
        .where(document.c.id == document_id)
        .values(
            tokens_read=0,
            reused_tokens=0,
            anchors=0,
            read_seconds=0.0,
            state_checksum=None,
            weights_fingerprint=None,
        )
    )


def recount(
    connection: Connection, document_id: str, tokenizer: str, tokens_by_passage: Sequence[int]
) -> None:
    """Count a document in the tokens of another tokenizer and drop the states in the old ones."""
    current = listing.row_of(connection, document_id)
    if len(tokens_by_passage) != current.passages:
        raise ValueError(f"{len(tokens_by_passage)} counts for {current.passages} passages")
    if current.tokenizer_fingerprint == tokenizer:
        return  # another process was quicker, and may have begun to read
    forget(connection, document_id)
    _recount_passages(connection, document_id, tokens_by_passage)
    connection.execute(
        update(document)
        .where(document.c.id == document_id)
        .values(tokens=sum(tokens_by_passage), tokenizer_fingerprint=tokenizer)
    )


def _recount_passages(
    connection: Connection, document_id: str, tokens_by_passage: Sequence[int]
) -> None:
    starts = accumulate(tokens_by_passage, initial=0)
    rows = [
        {"at": index, "token_start": start, "tokens": tokens}
        for index, (tokens, start) in enumerate(zip(tokens_by_passage, starts, strict=False))
    ]
    counted = update(passage).where(
        passage.c.document_id == document_id, passage.c.index == bindparam("at")
    )
    if rows:
        connection.execute(counted, rows)
