"""The same documents asked from their stored states, from none, and from another document's.

Each way has an owner of its own in one library: the same passages and embeddings, other states.
The text just before a passage is read again in all of them, as it always is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from app.evaluation.opening import added, opened
from app.service import Service
from storage.checksums import checksum
from storage.records import (
    CheckpointRecord,
    DocumentRecord,
    EmbeddingRecord,
    NewDocument,
    NewPassage,
    PassageRecord,
    SnapshotRecord,
)

if TYPE_CHECKING:
    from pipelines.evaluation.qa import Open, Opened
    from pipelines.evaluation.questions import Told

State = Literal["stored", "cold", "other-document"]
STATES: tuple[State, ...] = ("stored", "cold", "other-document")

Kept = tuple[SnapshotRecord, ...]


def state_opening(
    service: Service, documents: Sequence[Told], first: State, every: int | None
) -> Open:
    """How each document is opened to be asked from every state, `first` before the others.

    every: so many tokens lie between two states at least; None: as many as a reading leaves. The
    other document is the one before in the row, and for the first one the last.
    """
    order = sorted(STATES, key=lambda state: state != first)
    ways: dict[str, Service] = {
        state: service if state == "stored" else _owned(service, state) for state in order
    }
    last = documents[-1]
    other = [_states(service, added(service, last.title, last.text), every)]

    def open_(title: str, text: str) -> Opened:
        document = added(service, title, text)
        own = _states(service, document, every)
        for state, way in ways.items():
            _keep(service, document, way, _chosen(state, own, other[0]))
        other[0] = own
        return opened(service, document, ways)

    return open_


def _owned(service: Service, owner: str) -> Service:
    """A service for another owner of the same library."""
    return Service(service.settings.model_copy(update={"owner": owner}), service.library)


def _chosen(state: str, own: Kept, other: Kept) -> Kept:
    """What is kept of a document: of its own reading, nothing, or another's at the same depths."""
    if state == "stored" or not other:
        return own if state == "stored" else ()
    if state == "cold":
        return ()
    return tuple(_in_place(each, other) for each in own)


def _in_place(own: SnapshotRecord, other: Kept) -> SnapshotRecord:
    nearest = min(other, key=lambda state: abs(state.tokens_read - own.tokens_read))
    return replace(own, payload=nearest.payload, checksum=nearest.checksum)


def _states(service: Service, document: DocumentRecord, every: int | None) -> Kept:
    """The states of a document's reading: as a reading leaves them, or more of them."""
    from pipelines.evaluation.rereading import states_every

    if every is not None:
        return tuple(states_every(service.library.passages(document.id), service.reader, every))
    marks = (document.weights_fingerprint or "", document.tokenizer_fingerprint)
    return tuple(_snapshots(service, document, marks))


def _snapshots(
    service: Service, document: DocumentRecord, marks: tuple[str, str]
) -> Iterator[SnapshotRecord]:
    token = document.tokens_read
    while (
        snapshot := service.library.readings.snapshot_before(document.id, token, *marks)
    ) is not None:
        yield snapshot
        token = snapshot.tokens_read - 1


def _keep(service: Service, document: DocumentRecord, way: Service, states: Kept) -> None:
    """Let the owner of a way have the document, read to its end, with these states of it."""
    owner, library = way.settings.owner, service.library
    newest = _newest(service, document)
    if owner == document.owner:
        copy = document
    else:
        passages = library.passages(document.id)
        new = _copied(service, document, owner)
        copy, _ = library.add(new, [_new(each) for each in passages])
        library.readings.save(copy.id, newest, None, 0.0, _embeddings(service, document))
        library.readings.finish(copy.id, document.state_checksum or "")
    for state in states:
        library.readings.save(copy.id, newest, state, 0.0)


def _newest(service: Service, document: DocumentRecord) -> CheckpointRecord:
    marks = (document.weights_fingerprint or "", document.tokenizer_fingerprint)
    found = service.library.readings.checkpoint(document.id, *marks)
    if found is None:
        raise LookupError(f"{document.title!r} has not been read")
    return found


def _copied(service: Service, document: DocumentRecord, owner: str) -> NewDocument:
    library = service.library
    return NewDocument(
        owner=owner,
        title=document.title,
        file_name=document.file_name,
        content_hash=document.content_hash,
        content=library.original(document.id),
        media_type=document.media_type,
        text=library.text(document.id),
        page_starts=library.page_starts(document.id),
        outline=library.outline(document.id),
        pages_without_text=document.pages_without_text,
        tokenizer_fingerprint=document.tokenizer_fingerprint,
    )


def _new(passage: PassageRecord) -> NewPassage:
    place = (passage.text, passage.start, passage.page, passage.section)
    return NewPassage(*place, passage.token_start, passage.tokens)


def _embeddings(service: Service, document: DocumentRecord) -> EmbeddingRecord | None:
    """All embeddings of a document as one run; None where it has none."""
    library, weights = service.library, document.weights_fingerprint or ""
    runs = library.embedding_runs(document.owner, weights, [document.id])
    if not runs:
        return None
    found = library.embeddings([run.id for run in runs])
    ordered = sorted((found[run.id] for run in runs), key=lambda each: each.passage_index)
    vectors = b"".join(each.vectors for each in ordered)
    return EmbeddingRecord(0, ordered[0].width, vectors, checksum(vectors), weights)
