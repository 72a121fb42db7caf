"""States of a reading that are kept closer together than readonce keeps them."""

from collections.abc import Iterator, Sequence

from retnet_core.checkpoint import LoadedReader
from retnet_core.codec import encode_state
from retnet_core.impressions import read_passages
from storage.checksums import checksum
from storage.records import PassageRecord, SnapshotRecord


def states_every(
    passages: Sequence[PassageRecord], reader: LoadedReader, tokens: int
) -> Iterator[SnapshotRecord]:
    """Read a document and give its state each time that so many tokens more have been read."""
    state, since = None, 0
    group: list[str] = []
    marks = (reader.weights_fingerprint, reader.tokenizer_fingerprint)
    for passage in passages:
        group.append(passage.text)
        since += passage.tokens
        if since < tokens:
            continue
        state, _ = read_passages(reader, group, [()] * len(group), state)
        after = passage.token_start + passage.tokens
        payload = encode_state(state, "int8", *marks, after)
        yield SnapshotRecord(passage.index + 1, after, payload, checksum(payload), *marks)
        group, since = [], 0
