"""Read a document once: its passages in order, the state carried, snapshots on the way.

Passages are read in groups. The groups depend on the passages alone, so a reading that goes on
from a checkpoint makes the same steps as one that was never stopped, and ends in the same state.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipelines.sentences import Span, sentences
from retnet_core.checkpoint import LoadedReader
from retnet_core.codec import decode_state, encode_state, state_checksum
from retnet_core.impressions import Impression, read_passages
from retnet_core.state import RetNetState
from storage.checksums import checksum
from storage.records import (
    COUNT,
    MARK,
    CheckpointRecord,
    EmbeddingRecord,
    PassageRecord,
    SalienceRecord,
    SnapshotRecord,
    salience_record,
)
from storage.spacing import spaced

GROUP_TOKENS = 2_048  # read and saved at once: the work that a crash can lose
SNAPSHOT_TOKENS = 6_144  # a snapshot at the first group that ends beyond each multiple


@dataclass(frozen=True, slots=True)
class Reading:
    """What one step of a reading leaves to be stored.

    passage_index is the next passage to read; embeddings and saliences are those of the passages
    just read, None from a reader without that head; state_checksum stands in the last step only.
    began is the token at which the step began; anchored says that the checkpoint is worth keeping
    for a later version of the document.
    """

    passage_index: int
    began: int
    tokens_read: int
    checkpoint: CheckpointRecord
    snapshot: SnapshotRecord | None
    embeddings: EmbeddingRecord | None
    saliences: SalienceRecord | None
    seconds: float
    state_checksum: str | None
    anchored: bool


def read(
    passages: Sequence[PassageRecord], reader: LoadedReader, start: CheckpointRecord | None
) -> Iterator[Reading]:
    """Read on from a checkpoint, or from the beginning; yields after each group of passages.

    Raises StateMismatch or StateDamaged (retnet_core) for a checkpoint that does not fit.
    """
    state, first, before = _resumed(reader, start)
    groups = tuple(_groups(passages[first:]))
    anchors = _anchors(groups)
    if not groups:
        yield _reading(reader, state, first, before, before, 0.0, last=True)
    for number, group in enumerate(groups):
        began = time.perf_counter()
        texts = [passage.text for passage in group]
        spans = _sentences(reader, texts)
        state, impressions = read_passages(reader, texts, spans, state)
        after = before + sum(impression.tokens for impression in impressions)
        vectors = _embeddings(reader, group[0].index, impressions)
        seconds = time.perf_counter() - began
        last = number + 1 == len(groups)
        index = group[-1].index + 1
        reading = _reading(reader, state, index, before, after, seconds, last)
        yield replace(
            reading,
            embeddings=vectors,
            saliences=_saliences(reader, group, spans, impressions),
            anchored=index in anchors,
        )
        before = after


def snapshots_due(passages: Sequence[PassageRecord]) -> tuple[int, ...]:
    """After how many tokens each a whole reading of these passages leaves a snapshot."""
    places = []
    before = 0
    for group in _groups(passages):
        after = before + sum(passage.tokens for passage in group)
        if after // SNAPSHOT_TOKENS > before // SNAPSHOT_TOKENS:
            places.append(after)
        before = after
    return tuple(places)


def _resumed(reader: LoadedReader, start: CheckpointRecord | None) -> tuple[RetNetState, int, int]:
    """State, next passage and tokens read."""
    if start is None:
        return RetNetState.empty(reader.reader.config.body), 0, 0
    state, tokens = decode_state(
        start.payload,
        reader.reader.config.body,
        reader.weights_fingerprint,
        reader.tokenizer_fingerprint,
    )
    return state, start.passage_index, tokens


def _groups(passages: Sequence[PassageRecord]) -> Iterator[tuple[PassageRecord, ...]]:
    """Neighbouring passages, each group as soon as it has GROUP_TOKENS."""
    group: list[PassageRecord] = []
    for passage in passages:
        group.append(passage)
        if _tokens(group) >= GROUP_TOKENS:
            yield tuple(group)
            group = []
    if group:
        yield tuple(group)


def _embeddings(
    reader: LoadedReader, first: int, impressions: Sequence[Impression]
) -> EmbeddingRecord | None:
    """The embeddings of passages from the first on; zeros for one without a token."""
    width = reader.reader.config.embedding_width
    if width is None:
        return None
    none = bytes(width)
    vectors = b"".join(
        none if each.embedding is None else each.embedding.tobytes() for each in impressions
    )
    return EmbeddingRecord(first, width, vectors, checksum(vectors), reader.weights_fingerprint)


def _sentences(reader: LoadedReader, texts: Sequence[str]) -> list[tuple[Span, ...]]:
    """The sentences of each passage; none where the reader does not weigh them."""
    if reader.reader.config.salience_width is None:
        return [()] * len(texts)
    return [sentences(text) for text in texts]


def _saliences(
    reader: LoadedReader,
    group: Sequence[PassageRecord],
    spans: Sequence[Sequence[Span]],
    impressions: Sequence[Impression],
) -> SalienceRecord | None:
    """Where each sentence of a group stands in the text, and its salience."""
    if reader.reader.config.salience_width is None:
        return None
    counts = np.array([len(each) for each in spans], COUNT)
    marks = np.zeros(int(counts.sum()), MARK)
    marks["start"] = [p.start + a for p, each in zip(group, spans, strict=True) for a, _ in each]
    marks["length"] = [b - a for each in spans for a, b in each]
    known = [each.saliences for each in impressions if each.saliences is not None]
    limits = np.finfo(np.float16)
    marks["salience"] = np.clip(np.concatenate(known), limits.min, limits.max)
    return salience_record(
        group[0].index, counts.tobytes(), marks.tobytes(), reader.weights_fingerprint
    )


def _tokens(group: Sequence[PassageRecord]) -> int:
    return sum(passage.tokens for passage in group)


def boundaries(passages: Sequence[PassageRecord]) -> frozenset[int]:
    """Indices of the passages before which a reading of at least these passages saves its state."""
    groups = [group for group in _groups(passages) if _tokens(group) >= GROUP_TOKENS]
    return frozenset(group[-1].index + 1 for group in groups)


def _anchors(groups: Sequence[Sequence[PassageRecord]]) -> frozenset[int]:
    """The next passages of the steps whose states are kept for a later version."""
    if not groups:
        return frozenset()
    ends = {group[-1].token_start + group[-1].tokens: group[-1].index + 1 for group in groups}
    return frozenset(ends[place] for place in spaced(ends, max(ends)))


def _reading(
    reader: LoadedReader,
    state: RetNetState,
    index: int,
    before: int,
    after: int,
    seconds: float,
    last: bool,
) -> Reading:
    crossed = after // SNAPSHOT_TOKENS > before // SNAPSHOT_TOKENS
    marks = (reader.weights_fingerprint, reader.tokenizer_fingerprint)
    exact = encode_state(state, "float32", *marks, after)
    rounded = encode_state(state, "int8", *marks, after) if crossed else None
    return Reading(
        passage_index=index,
        began=before,
        tokens_read=after,
        checkpoint=CheckpointRecord(index, after, exact, checksum(exact), *marks),
        snapshot=SnapshotRecord(index, after, rounded, checksum(rounded), *marks)
        if rounded is not None
        else None,
        embeddings=None,
        saliences=None,
        seconds=seconds,
        state_checksum=state_checksum(state) if last else None,
        anchored=False,
    )
