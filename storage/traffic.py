"""Read documents that leave a library for another, and those that arrive: in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, insert, select, update

from storage import (
    documents,
    embeddings,
    listing,
    mending,
    saliences,
    states,
    texts,
)
from storage.records import (
    CheckpointRecord,
    DocumentRecord,
    EmbeddingRecord,
    NewDocument,
    NewPassage,
    PassageRecord,
    SalienceRecord,
    SnapshotRecord,
)
from storage.schema import checkpoint, document, snapshot
from storage.talk import Talk
from storage.talk import traffic as talk_traffic

State = CheckpointRecord | SnapshotRecord


@dataclass(frozen=True, slots=True)
class Departure:
    """All of one document as it stood at one moment; states are fetched one at a time."""

    connection: Connection
    record: DocumentRecord

    @property
    def text(self) -> str:
        return texts.text_of(self.connection, self.record.id)

    @property
    def page_starts(self) -> tuple[int, ...]:
        return tuple(texts.layout_of(self.connection, self.record.id).page_starts)

    @property
    def outline(self) -> tuple[tuple[int, str, int], ...]:
        headings = texts.layout_of(self.connection, self.record.id).outline
        return tuple((level, title, start) for level, title, start in headings)

    @property
    def passages(self) -> tuple[PassageRecord, ...]:
        return texts.passages_of(self.connection, self.record.id, 0, None)

    @property
    def original(self) -> bytes:
        return texts.original_of(self.connection, self.record.id)

    def checkpoint(self) -> CheckpointRecord | None:
        """The exact state of the reading that was saved last."""
        if self.record.weights_fingerprint is None:
            return None
        return states.newest_checkpoint(self.connection, self.record.id, *self._marks())

    def snapshots(self) -> Iterator[SnapshotRecord]:
        """The snapshots of the reading that was saved last, in order."""
        if self.record.weights_fingerprint is None:
            return
        places = select(snapshot.c.tokens_read).where(
            *states.of_reading(snapshot, self.record.id, *self._marks())
        )
        for token in self.connection.scalars(places.order_by(snapshot.c.tokens_read)).all():
            found = states.snapshot_before(self.connection, self.record.id, token, *self._marks())
            if found is not None:
                yield found

    def embeddings(self) -> tuple[EmbeddingRecord, ...]:
        """The embeddings of the reading that was saved last, in order."""
        if self.record.weights_fingerprint is None:
            return ()
        return embeddings.RUNS.all_of(self.connection, self.record.id, self._marks()[0])

    def talks(self) -> Iterator[Talk]:
        """The conversations that are about this document and no other."""
        return talk_traffic.about_only(self.connection, self.record.id)

    def saliences(self) -> tuple[SalienceRecord, ...]:
        """The saliences of the reading that was saved last, in order."""
        if self.record.weights_fingerprint is None:
            return ()
        return saliences.RUNS.all_of(self.connection, self.record.id, self._marks()[0])

    def _marks(self) -> tuple[str, str]:
        return str(self.record.weights_fingerprint), self.record.tokenizer_fingerprint


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document from elsewhere with what was read of it.

    states end with a checkpoint after tokens_read tokens where weights_fingerprint is given; they
    are taken one at a time while the document is stored.
    """

    document: NewDocument
    passages: Sequence[NewPassage]
    states: Iterable[State]
    weights_fingerprint: str | None
    tokens_read: int
    read_seconds: float
    state_checksum: str | None
    embeddings: tuple[EmbeddingRecord, ...] = ()
    talks: tuple[Talk, ...] = ()
    saliences: tuple[SalienceRecord, ...] = ()


def take(connection: Connection, arrival: Arrival, now: datetime) -> tuple[DocumentRecord, bool]:
    """Store a document that arrives, or find that its owner has it (True)."""
    record, known = documents.add(connection, arrival.document, arrival.passages, None, now)
    if known:
        if arrival.document.content:
            mending.keep_original(connection, record.id, arrival.document.content)
        talk_traffic.take(connection, record.owner, record.id, arrival.talks)
        return listing.by_id(connection, record.id), True
    for state in arrival.states:
        connection.execute(insert(_table(state)).values(states.state_row(record.id, state)))
    for run in arrival.embeddings:
        embeddings.save(connection, record.id, run)
    talk_traffic.take(connection, record.owner, record.id, arrival.talks)
    for marks in arrival.saliences:
        saliences.save(connection, record.id, marks)
    connection.execute(
        update(document)
        .where(document.c.id == record.id)
        .values(
            weights_fingerprint=arrival.weights_fingerprint,
            tokens_read=arrival.tokens_read,
            read_seconds=arrival.read_seconds,
            state_checksum=arrival.state_checksum,
        )
    )
    return listing.by_id(connection, record.id), False


def _table(state: State) -> Table:
    return checkpoint if isinstance(state, CheckpointRecord) else snapshot
