"""Sentences and their saliences: runs of passages, written with the state that they were read to.

While a document is read each group of passages leaves a run; at its end they become one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from storage.checksums import checksum, require_checksum
from storage.errors import StateDamaged
from storage.readers import KEPT, readable_by
from storage.records import COUNT, MARK, NewPassage, SalienceRecord, salience_record
from storage.schema import document, salience

_AT_ONCE = 500  # parameters of a statement


def save(connection: Connection, document_id: str, new: SalienceRecord) -> None:
    """Keep the sentences of neighbouring passages in place of what was kept from the first on."""
    require_checksum(new.counts + new.marks, new.checksum, "checksum of the saliences")
    if not fits(new):
        raise ValueError(f"{len(new.marks)} bytes of marks for {new.passages} passages")
    _cut(connection, document_id, new.weights_fingerprint, new.passage_index)
    _insert(connection, document_id, new)


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


def all_of(connection: Connection, document_id: str, weights: str) -> tuple[SalienceRecord, ...]:
    """Every run of a reading, in order; raises StateDamaged where one is damaged."""
    require_sound(connection, document_id, weights)
    return tuple(map(_record_of, _of_document(connection, document_id, weights)))


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


def follow(runs: Iterable[SalienceRecord], passages: int) -> bool:
    """Whether runs in order cover so many passages, each once."""
    end = 0
    for run in runs:
        if run.passage_index != end:
            return False
        end += run.passages
    return end == passages


def _cut(connection: Connection, document_id: str, weights: str, passage_index: int) -> None:
    """Drop the sentences of this passage and of all that follow."""
    for row in _of_document(connection, document_id, weights):
        if row.passage_index + row.passages > passage_index:
            _drop(connection, row.id)
            if row.passage_index < passage_index:
                left = _first(_record_of(row), passage_index - row.passage_index)
                _insert(connection, document_id, left)


def _first(run: SalienceRecord, passages: int) -> SalienceRecord:
    """The first passages of a run."""
    sentences = int(run.numbers()[:passages].sum())
    counts, marks = run.counts[: passages * COUNT.itemsize], run.marks[: sentences * MARK.itemsize]
    return salience_record(run.passage_index, counts, marks, run.weights_fingerprint)


def join(connection: Connection, document_id: str, weights: str) -> None:
    """Make one run of all runs of a reading that has ended, if none is damaged or missing."""
    rows = _of_document(connection, document_id, weights)
    runs = [_record_of(row) for row in rows]
    total = sum(run.passages for run in runs)
    if len(runs) < 2 or not all(map(is_sound, rows)) or not follow(runs, total):
        return
    for row in rows:
        _drop(connection, row.id)
    counts, marks = b"".join(run.counts for run in runs), b"".join(run.marks for run in runs)
    _insert(connection, document_id, salience_record(0, counts, marks, weights))


def copy(
    connection: Connection, source_id: str, document_id: str, weights: str, passages: int
) -> None:
    """Give a document the sound marks of another one's first passages, which are its own."""
    for row in filter(is_sound, _of_document(connection, source_id, weights)):
        if row.passage_index < passages:
            left = _first(_record_of(row), passages - row.passage_index)
            _insert(connection, document_id, left)


def forget(connection: Connection, document_id: str, *others: ColumnElement[bool]) -> None:
    """Drop the saliences of a document, or those of them that fit the conditions."""
    connection.execute(delete(salience).where(salience.c.document_id == document_id, *others))


def require_sound(connection: Connection, document_id: str, weights: str) -> None:
    """Raise StateDamaged where a run of this reading is not what was written."""
    if all(map(is_sound, _of_document(connection, document_id, weights))):
        return
    title = connection.scalar(select(document.c.title).where(document.c.id == document_id))
    raise StateDamaged(
        f"What was kept of reading {title!r} ({document_id}) is damaged on the disk: run"
        " `readonce add` with its file to read it again."
    )


def is_sound(row: Row[Any]) -> bool:
    """Whether a run is what was written."""
    whole: bool = checksum(row.counts + row.marks) == str(row.checksum)
    return whole and row.passages == _record_of(row).passages


def _record_of(row: Row[Any]) -> SalienceRecord:
    return SalienceRecord(
        row.passage_index, row.counts, row.marks, row.checksum, row.weights_fingerprint
    )


def _of_document(connection: Connection, document_id: str, weights: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(salience)
        .where(salience.c.document_id == document_id, salience.c.weights_fingerprint == weights)
        .order_by(salience.c.passage_index)
    ).all()


def _insert(connection: Connection, document_id: str, new: SalienceRecord) -> None:
    connection.execute(
        insert(salience).values(
            document_id=document_id,
            weights_fingerprint=new.weights_fingerprint,
            passage_index=new.passage_index,
            passages=new.passages,
            checksum=new.checksum,
            size=len(new.counts) + len(new.marks),
            counts=new.counts,
            marks=new.marks,
        )
    )


def _drop(connection: Connection, number: int) -> None:
    connection.execute(delete(salience).where(salience.c.id == number))
