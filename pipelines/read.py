"""Read a document once: its passages in order, the state carried, snapshots on the way.

Passages are read in groups. The groups depend on the passages alone, so a reading that goes on
from a checkpoint makes the same steps as one that was never stopped, and ends in the same state.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retnet_core.checkpoint import LoadedReader
from retnet_core.codec import decode_state, encode_state, state_checksum
from retnet_core.reading import read_on
from retnet_core.state import RetNetState
from storage.checksums import checksum
from storage.records import CheckpointRecord, PassageRecord, SnapshotRecord

GROUP_TOKENS = 2_048  # read and saved at once: the work that a crash can lose
SNAPSHOT_TOKENS = 6_144  # a snapshot at the first group that ends beyond each multiple


@dataclass(frozen=True, slots=True)
class Reading:
    """What one step of a reading leaves to be stored.

    passage_index is the next passage to read; state_checksum stands in the last step only.
    """

    passage_index: int
    tokens_read: int
    checkpoint: CheckpointRecord
    snapshot: SnapshotRecord | None
    seconds: float
    state_checksum: str | None


def read(
    passages: Sequence[PassageRecord], reader: LoadedReader, start: CheckpointRecord | None
) -> Iterator[Reading]:
    """Read on from a checkpoint, or from the beginning; yields after each group of passages.

    Raises StateMismatch or StateDamaged (retnet_core) for a checkpoint that does not fit.
    """
    state, first, before = _resumed(reader, start)
    groups = tuple(_groups(passages[first:]))
    if not groups:
        yield _reading(reader, state, first, before, before, 0.0, last=True)
    for number, group in enumerate(groups):
        began = time.perf_counter()
        tokens = [token for passage in group for token in reader.tokenizer.encode(passage.text)]
        state = read_on(reader, tokens, state) if tokens else state
        after = before + len(tokens)
        seconds = time.perf_counter() - began
        last = number + 1 == len(groups)
        yield _reading(reader, state, group[-1].index + 1, before, after, seconds, last)
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
        if sum(member.tokens for member in group) >= GROUP_TOKENS:
            yield tuple(group)
            group = []
    if group:
        yield tuple(group)


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
        tokens_read=after,
        checkpoint=CheckpointRecord(index, after, exact, checksum(exact), *marks),
        snapshot=SnapshotRecord(index, after, rounded, checksum(rounded), *marks)
        if rounded is not None
        else None,
        seconds=seconds,
        state_checksum=state_checksum(state) if last else None,
    )
