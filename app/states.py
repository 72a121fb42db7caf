"""What a stored state says of itself, against what it is kept as."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from app.service import Service
from pipelines.read import snapshots_due
from retnet_core.codec import decode_state, read_label, state_checksum
from retnet_core.errors import StateDamaged, StateMismatch
from storage.records import CheckpointRecord, DocumentRecord, SnapshotRecord

StateKind = Literal["checkpoint", "snapshot", "progress", "embedding", "salience"]


def unfit_states(service: Service, document: DocumentRecord) -> Iterator[tuple[StateKind, str]]:
    """The kind and the place of each state that is not what its row says, or is missing."""
    if document.weights_fingerprint is None:
        return
    marks = (document.weights_fingerprint, document.tokenizer_fingerprint)
    newest = service.library.readings.checkpoint(document.id, *marks)
    if newest is None or not fits(newest):
        yield "checkpoint", f"the checkpoint after {document.tokens_read} tokens"
    elif not _ends_as_said(service, document, newest):
        yield "progress", "the checksum of the final state"
    kept = set()
    for snapshot in _snapshots(service, document, marks):
        kept.add(snapshot.tokens_read)
        if not fits(snapshot):
            yield "snapshot", f"the snapshot after {snapshot.tokens_read} tokens"
    for tokens in _due(service, document) - kept:
        yield "snapshot", f"the snapshot after {tokens} tokens, which is missing"
    if _lacks_embeddings(service, document):
        yield "embedding", "embeddings, which are missing"
    if _lacks_saliences(service, document):
        yield "salience", "saliences, which are missing"


def fits(state: CheckpointRecord | SnapshotRecord) -> bool:
    """Whether the bytes name the model, tokenizer and place that the row names."""
    try:
        label = read_label(state.payload)
    except (StateDamaged, StateMismatch):
        return False
    said = (label.weights, label.tokenizer, label.tokens)
    return said == (state.weights_fingerprint, state.tokenizer_fingerprint, state.tokens_read)


def _snapshots(
    service: Service, document: DocumentRecord, marks: tuple[str, str]
) -> Iterator[SnapshotRecord]:
    token = document.tokens_read
    while (
        snapshot := service.library.readings.snapshot_before(document.id, token, *marks)
    ) is not None:
        yield snapshot
        token = snapshot.tokens_read - 1


def _ends_as_said(service: Service, document: DocumentRecord, newest: CheckpointRecord) -> bool:
    """Whether the last state is the one of state_checksum: only its own model can tell."""
    reader = service.reader
    if (
        document.state_checksum is None
        or document.weights_fingerprint != reader.weights_fingerprint
    ):
        return True
    marks = (newest.weights_fingerprint, newest.tokenizer_fingerprint)
    state, _ = decode_state(newest.payload, reader.reader.config.body, *marks)
    return state_checksum(state) == document.state_checksum


def _lacks_embeddings(service: Service, document: DocumentRecord) -> bool:
    reader, weights = service.reader, document.weights_fingerprint
    ours = document.finished and weights == reader.weights_fingerprint
    if not ours or weights is None or reader.reader.config.embedding_width is None:
        return False
    runs = service.library.embedding_runs(service.settings.owner, weights, [document.id])
    return sum(run.passages for run in runs) < document.passages


def _lacks_saliences(service: Service, document: DocumentRecord) -> bool:
    reader = service.reader
    ours = document.finished and document.weights_fingerprint == reader.weights_fingerprint
    if not ours or reader.reader.config.salience_width is None or not document.passages:
        return False
    runs = service.library.saliences(service.settings.owner, [document.id]).get(document.id, ())
    return not any(run.weights_fingerprint == document.weights_fingerprint for run in runs)


def _due(service: Service, document: DocumentRecord) -> set[int]:
    if document.weights_fingerprint != service.reader.weights_fingerprint:
        return set()
    places = snapshots_due(service.library.passages(document.id))
    return {tokens for tokens in places if tokens <= document.tokens_read}
