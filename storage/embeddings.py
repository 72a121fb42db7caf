"""Embeddings of passages: runs of int8 vectors, written with the state that they were read to.

The number of a run that is gone is not given again: whoever keeps runs in memory knows from their
numbers alone which of them still hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.checksums import checksum, require_checksum
from storage.readers import KEPT, readable_by
from storage.records import EmbeddingRecord, EmbeddingRun
from storage.runs import Runs
from storage.schema import document, embedding

_AT_ONCE = 500  # parameters of a statement


def save(connection: Connection, document_id: str, new: EmbeddingRecord) -> None:
    """Keep the vectors of neighbouring passages in place of what was kept from the first on."""
    _require_whole(new)
    RUNS.put(connection, document_id, new)


def _require_whole(new: EmbeddingRecord) -> None:
    require_checksum(new.vectors, new.checksum, "checksum of the embeddings")
    if len(new.vectors) != new.passages * new.width or not new.vectors:
        raise ValueError(
            f"{len(new.vectors)} bytes for {new.passages} embeddings of {new.width} numbers"
        )


def runs_of(
    connection: Connection, owner: str, weights: str, document_ids: Sequence[str] | None
) -> tuple[EmbeddingRun, ...]:
    """What is kept of documents that the owner may read, or of these, without the vectors."""
    columns = [embedding.c[name] for name in EmbeddingRun._fields]
    wanted = (
        select(*columns)
        .join(document, document.c.id == embedding.c.document_id)
        .where(readable_by(owner), KEPT, embedding.c.weights_fingerprint == weights)
    )
    if document_ids is not None:
        wanted = wanted.where(document.c.id.in_(document_ids))
    return tuple(map(EmbeddingRun._make, connection.execute(wanted).all()))


def load(connection: Connection, ids: Sequence[int]) -> Iterator[tuple[int, EmbeddingRecord]]:
    """The sound ones of these runs by their ids."""
    for first in range(0, len(ids), _AT_ONCE):
        some = select(embedding).where(embedding.c.id.in_(ids[first : first + _AT_ONCE]))
        for row in connection.execute(some):
            if is_sound(row):
                yield row.id, _record_of(row)


def is_sound(row: Row[Any]) -> bool:
    """Whether a run is what was written."""
    vectors: bytes = row.vectors
    whole: bool = len(vectors) == row.passages * row.width
    return whole and checksum(vectors) == str(row.checksum)


def _record_of(row: Row[Any]) -> EmbeddingRecord:
    return EmbeddingRecord(
        row.passage_index, row.width, row.vectors, row.checksum, row.weights_fingerprint
    )


def _values(run: EmbeddingRecord) -> dict[str, Any]:
    return {"width": run.width, "size": len(run.vectors), "vectors": run.vectors}


def _first(run: EmbeddingRecord, passages: int) -> EmbeddingRecord:
    vectors = run.vectors[: passages * run.width]
    return replace(run, vectors=vectors, checksum=checksum(vectors))


def _joined(runs: Sequence[EmbeddingRecord]) -> EmbeddingRecord:
    vectors = b"".join(run.vectors for run in runs)
    return replace(runs[0], vectors=vectors, checksum=checksum(vectors))


RUNS = Runs(embedding, _record_of, _values, _first, _joined, is_sound)
"""Every embedding that the library keeps."""
