"""Looking through what was read of a document for damage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from storage import saliences
from storage.checksums import checksum
from storage.damage import Damage, Expected, Kind
from storage.schema import anchor, checkpoint, document, embedding, passage, salience, snapshot


def progress_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Whether what is said to be read has its checkpoint."""
    row = connection.execute(select(document).where(document.c.number == each.number)).one_or_none()
    if row is None:
        return
    names = ("weights_fingerprint", "tokenizer_fingerprint", "tokens_read")
    kept = {
        tuple(one)
        for one in connection.execute(
            select(*(checkpoint.c[name] for name in names)).where(
                checkpoint.c.document_id == each.id
            )
        )
    }
    begun = row.weights_fingerprint is not None
    sound = tuple(row._mapping[name] for name in names) in kept
    ended = row.state_checksum is None or (begun and row.tokens_read == row.tokens)
    if (
        not (sound if begun else row.tokens_read == 0 and not kept)
        or not ended
        or not row.read_seconds >= 0
    ):
        yield each.damage("progress", "how far it was read")


def checkpoints_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Exact states that are not what was kept, or stand nowhere."""
    return _states(connection, each, checkpoint, "checkpoint")


def snapshots_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Rounded states that are not what was kept, or stand nowhere."""
    return _states(connection, each, snapshot, "snapshot")


def anchors_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """States for a later version that are not what was kept, or are gone."""
    yield from _states(connection, each, anchor, "anchor")
    due = connection.scalar(select(document.c.anchors).where(document.c.number == each.number))
    here = select(func.count()).select_from(anchor).where(anchor.c.document_id == each.id)
    there = connection.scalar(here)
    if due is not None and there != due:
        yield each.damage("anchor", f"{there} of {due} states for a later version are there")


def embeddings_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Runs of vectors that are not what was written, or do not follow one another."""
    count = connection.scalar(
        select(func.count()).select_from(passage).where(passage.c.document_id == each.id)
    )
    rows = select(embedding).where(embedding.c.document_id == each.id)
    by = _weights_of(connection, each)
    end: dict[str, int] = {}
    for row in connection.execute(rows.order_by(embedding.c.passage_index)):
        last = row.passage_index + row.passages
        whole = checksum(row.vectors) == row.checksum and len(row.vectors) == row.size
        fits = row.passages * row.width == row.size and last <= (count or 0)
        follows = row.passage_index == end.get(row.weights_fingerprint, 0)
        if not (whole and fits and follows and row.weights_fingerprint in by):
            yield each.damage("embedding", f"the embeddings from passage {row.passage_index + 1}")
        end[row.weights_fingerprint] = last


def saliences_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Runs of sentences that are not what was written, or do not follow one another."""
    count = connection.scalar(
        select(func.count()).select_from(passage).where(passage.c.document_id == each.id)
    )
    rows = select(salience).where(salience.c.document_id == each.id)
    by = _weights_of(connection, each)
    end: dict[str, int] = {}
    for row in connection.execute(rows.order_by(salience.c.passage_index)):
        last = row.passage_index + row.passages
        whole = saliences.is_sound(row) and len(row.counts) + len(row.marks) == row.size
        follows = row.passage_index == end.get(row.weights_fingerprint, 0) and last <= (count or 0)
        if not (whole and follows and row.weights_fingerprint in by):
            yield each.damage("salience", f"the saliences from passage {row.passage_index + 1}")
        end[row.weights_fingerprint] = last


def _states(connection: Connection, each: Expected, table: Table, kind: Kind) -> Iterator[Damage]:
    places = select(passage.c.index, passage.c.token_start).where(passage.c.document_id == each.id)
    starts = {row[0]: row[1] for row in connection.execute(places)}
    total = connection.execute(
        select(document).where(document.c.number == each.number)
    ).one_or_none()
    by = _weights_of(connection, each)
    rows = select(table).where(table.c.document_id == each.id).order_by(table.c.tokens_read)
    for row in connection.execute(rows):
        if not _state_fits(row, starts, total) or row.weights_fingerprint not in by:
            yield each.damage(kind, f"the {kind} after {row.tokens_read} tokens")


def _weights_of(connection: Connection, each: Expected) -> set[str]:
    """The weights that read the document: each reading keeps its checkpoint."""
    kept = select(checkpoint.c.weights_fingerprint).where(checkpoint.c.document_id == each.id)
    return set(connection.scalars(kept))


def _state_fits(row: Row[Any], starts: dict[int, int], total: Row[Any] | None) -> bool:
    """Whether a state is whole and stands where a passage begins, or behind the last one."""
    if checksum(row.payload) != row.checksum or len(row.payload) != row.size:
        return False
    if total is None:
        return True
    at = total.tokens if row.passage_index == len(starts) else starts.get(row.passage_index)
    return (at, total.tokenizer_fingerprint) == (row.tokens_read, row.tokenizer_fingerprint)
