"""Sentences and their saliences: runs, written with the state that they were read to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, select

from storage.checksums import checksum, require_checksum
from storage.readers import KEPT, readable_by
from storage.records import COUNT, MARK, NewPassage, SalienceRecord, salience_record
from storage.runs import Runs, follow
from storage.schema import document, salience

_AT_ONCE = 500  # parameters of a statement


def save(connection: Connection, document_id: str, new: SalienceRecord) -> None:
    """Keep the sentences of neighbouring passages in place of what was kept from the first on."""
    require_checksum(new.counts + new.marks, new.checksum, "checksum of the saliences")
    if not fits(new):
        raise ValueError(f"{len(new.marks)} bytes of marks for {new.passages} passages")
    RUNS.put(connection, document_id, new)


def fits(run: SalienceRecord) -> bool:
    """Whether there is a mark for each sentence that is counted."""
    counted = not len(run.counts) % COUNT.itemsize and run.passages > 0
    return counted and int(run.numbers().sum()) * MARK.itemsize == len(run.marks)


def in_place(run: SalienceRecord, passages: Sequence[NewPassage]) -> bool:
    """Whether the sentences of a run lie in these passages, in order and apart."""
    if not fits(run) or run.passages != len(passages):
        return False
    marks, counts = run.sentences(), run.numbers()
    starts = marks["start"].astype(np.int64)
    ends = starts + marks["length"]
    first = np.repeat([each.start for each in passages], counts)
    last = np.repeat([each.start + len(each.text) for each in passages], counts)
    inside = (starts >= first) & (ends <= last) & (ends > starts)
    apart = starts[1:] >= ends[:-1]
    return bool(inside.all() and apart.all() and np.isfinite(marks["salience"]).all())


def whole(
    connection: Connection, owner: str, document_ids: Sequence[str]
) -> dict[str, tuple[SalienceRecord, ...]]:
    """Of each of the owner's documents that one reading marked whole, its runs in order.

    Where several did, those of the reading that was saved last, or else the first by its weights.
    """
    found: dict[str, tuple[SalienceRecord, ...]] = {}
    for first in range(0, len(document_ids), _AT_ONCE):
        some = document_ids[first : first + _AT_ONCE]
        found |= _whole(connection, owner, some)
    return found


def _whole(
    connection: Connection, owner: str, document_ids: Sequence[str]
) -> dict[str, tuple[SalienceRecord, ...]]:
    facts = select(document.c.id, document.c.passages, document.c.weights_fingerprint).where(
        readable_by(owner), KEPT, document.c.id.in_(document_ids)
    )
    documents = {row.id: row for row in connection.execute(facts)}
    rows = select(salience).where(salience.c.document_id.in_(list(documents)))
    readings: dict[tuple[str, str], list[SalienceRecord]] = {}
    for row in connection.execute(rows.order_by(salience.c.passage_index)):
        if is_sound(row):
            key = (row.document_id, row.weights_fingerprint)
            readings.setdefault(key, []).append(_record_of(row))
    found: dict[str, tuple[SalienceRecord, ...]] = {}
    for (document_id, weights), runs in sorted(readings.items()):
        about = documents[document_id]
        last = weights == about.weights_fingerprint
        if follow(runs, about.passages) and (last or document_id not in found):
            found[document_id] = tuple(runs)
    return found


def is_sound(row: Row[Any]) -> bool:
    """Whether a run is what was written."""
    whole: bool = checksum(row.counts + row.marks) == str(row.checksum)
    return whole and row.passages == _record_of(row).passages


def _record_of(row: Row[Any]) -> SalienceRecord:
    return SalienceRecord(
        row.passage_index, row.counts, row.marks, row.checksum, row.weights_fingerprint
    )


def _values(run: SalienceRecord) -> dict[str, Any]:
    size = len(run.counts) + len(run.marks)
    return {"size": size, "counts": run.counts, "marks": run.marks}


def _first(run: SalienceRecord, passages: int) -> SalienceRecord:
    sentences = int(run.numbers()[:passages].sum())
    counts, marks = run.counts[: passages * COUNT.itemsize], run.marks[: sentences * MARK.itemsize]
    return salience_record(run.passage_index, counts, marks, run.weights_fingerprint)


def _joined(runs: Sequence[SalienceRecord]) -> SalienceRecord:
    counts, marks = b"".join(run.counts for run in runs), b"".join(run.marks for run in runs)
    return salience_record(0, counts, marks, runs[0].weights_fingerprint)


RUNS = Runs(salience, _record_of, _values, _first, _joined, is_sound)
"""Every salience that the library keeps."""
