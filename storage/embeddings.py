"""Embeddings of passages: runs of int8 vectors, written with the state that they were read to.

A run is written once and never changed, and the number of one that is gone is not given again:
whoever keeps runs in memory knows from their numbers alone which of them still hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import starmap
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from storage.checksums import checksum, require_checksum
from storage.errors import StateDamaged
from storage.readers import KEPT, readable_by
from storage.records import EmbeddingRecord, EmbeddingRun
from storage.schema import document, embedding

_AT_ONCE = 500  # parameters of a statement


def save(connection: Connection, document_id: str, new: EmbeddingRecord) -> None:
    """Keep the vectors of neighbouring passages in place of what was kept from the first on."""
    _require_whole(new)
    _cut(connection, document_id, new.weights_fingerprint, new.passage_index)
    _insert(connection, document_id, new)


def all_of(connection: Connection, document_id: str, weights: str) -> tuple[EmbeddingRecord, ...]:
    """Every run of a reading, in order; raises StateDamaged where one is damaged."""
    require_sound(connection, document_id, weights)
    return tuple(
        EmbeddingRecord(run.passage_index, run.width, run.vectors, run.checksum, weights)
        for run in _of_document(connection, document_id, weights)
    )


def _require_whole(new: EmbeddingRecord) -> None:
    require_checksum(new.vectors, new.checksum, "checksum of the embeddings")
    if len(new.vectors) != new.passages * new.width or not new.vectors:
        raise ValueError(
            f"{len(new.vectors)} bytes for {new.passages} embeddings of {new.width} numbers"
        )


def _insert(connection: Connection, document_id: str, new: EmbeddingRecord) -> None:
    connection.execute(
        insert(embedding).values(
            document_id=document_id,
            weights_fingerprint=new.weights_fingerprint,
            passage_index=new.passage_index,
            passages=new.passages,
            width=new.width,
            checksum=new.checksum,
            size=len(new.vectors),
            vectors=new.vectors,
        )
    )


def _cut(connection: Connection, document_id: str, weights: str, passage_index: int) -> None:
    """Drop the vectors of this passage and of all that follow."""
    runs = [
        run
        for run in _of_document(connection, document_id, weights)
        if run.passage_index + run.passages > passage_index
    ]
    _drop(connection, [run.id for run in runs])
    for run in runs:
        if run.passage_index < passage_index:
            left = run.vectors[: (passage_index - run.passage_index) * run.width]
            _insert(connection, document_id, _record(run.passage_index, run.width, left, weights))


def _drop(connection: Connection, ids: Sequence[int]) -> None:
    connection.execute(delete(embedding).where(embedding.c.id.in_(ids)))


def _of_document(connection: Connection, document_id: str, weights: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(embedding)
        .where(
            embedding.c.document_id == document_id,
            embedding.c.weights_fingerprint == weights,
        )
        .order_by(embedding.c.passage_index)
    ).all()


def _record(index: int, width: int, vectors: bytes, weights: str) -> EmbeddingRecord:
    return EmbeddingRecord(index, width, vectors, checksum(vectors), weights)


def join(connection: Connection, document_id: str, weights: str) -> None:
    """Make one run of all runs of a reading that has ended, if none is damaged or missing."""
    runs = _of_document(connection, document_id, weights)
    ends = [0, *(run.passage_index + run.passages for run in runs)]
    follow = all(run.passage_index == end for run, end in zip(runs, ends, strict=False))
    if len(runs) < 2 or not follow or not all(map(is_sound, runs)):
        return
    _drop(connection, [run.id for run in runs])
    vectors = b"".join(run.vectors for run in runs)
    _insert(connection, document_id, _record(0, runs[0].width, vectors, weights))


def copy(
    connection: Connection, source_id: str, document_id: str, weights: str, passages: int
) -> None:
    """Give a document the sound embeddings of another one's first passages, which are its own."""
    for run in filter(is_sound, _of_document(connection, source_id, weights)):
        if run.passage_index < passages:
            vectors = run.vectors[: (passages - run.passage_index) * run.width]
            _insert(
                connection, document_id, _record(run.passage_index, run.width, vectors, weights)
            )


def forget(connection: Connection, document_id: str, *others: ColumnElement[bool]) -> None:
    """Drop the embeddings of a document, or those of them that fit the conditions."""
    connection.execute(delete(embedding).where(embedding.c.document_id == document_id, *others))


def runs_of(
    connection: Connection, owner: str, weights: str, document_ids: Sequence[str] | None
) -> tuple[EmbeddingRun, ...]:
    """What is kept of documents that the owner may read, or of these, without the vectors."""
    columns = [embedding.c[name] for name in EmbeddingRun.__slots__]
    wanted = (
        select(*columns)
        .join(document, document.c.id == embedding.c.document_id)
        .where(readable_by(owner), KEPT, embedding.c.weights_fingerprint == weights)
    )
    if document_ids is not None:
        wanted = wanted.where(document.c.id.in_(document_ids))
    return tuple(starmap(EmbeddingRun, connection.execute(wanted).all()))


def load(connection: Connection, ids: Sequence[int]) -> Iterator[tuple[int, EmbeddingRecord]]:
    """The sound ones of these runs by their ids."""
    for first in range(0, len(ids), _AT_ONCE):
        some = select(embedding).where(embedding.c.id.in_(ids[first : first + _AT_ONCE]))
        for row in connection.execute(some):
            if is_sound(row):
                yield (
                    row.id,
                    EmbeddingRecord(
                        row.passage_index,
                        row.width,
                        row.vectors,
                        row.checksum,
                        row.weights_fingerprint,
                    ),
                )


def require_sound(connection: Connection, document_id: str, weights: str) -> None:
    """Raise StateDamaged where an embedding of this reading is not what was written."""
    if all(map(is_sound, _of_document(connection, document_id, weights))):
        return
    title = connection.scalar(select(document.c.title).where(document.c.id == document_id))
    raise StateDamaged(
        f"What was kept of reading {title!r} ({document_id}) is damaged on the disk: run"
        " `readonce add` with its file to read it again."
    )


def is_sound(row: Row[Any]) -> bool:
    """Whether a run is what was written."""
    vectors: bytes = row.vectors
    whole: bool = len(vectors) == row.passages * row.width
    return whole and checksum(vectors) == str(row.checksum)
