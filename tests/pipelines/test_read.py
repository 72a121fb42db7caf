"""A reading may stop after any group: what goes on from there is the same, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch.testing import assert_close

from pipelines.read import GROUP_TOKENS, SNAPSHOT_TOKENS, Reading, read
from pipelines.sentences import sentences
from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.codec import decode_state, state_checksum
from retnet_core.errors import StateDamaged, StateMismatch
from retnet_core.impressions import Impression, read_passages
from retnet_core.reading import read_on
from retnet_core.state import RetNetState
from storage.library import Library, open_library
from storage.records import CheckpointRecord, PassageRecord, SnapshotRecord
from tests.pipelines.stored import kept, lines, read_to_its_end
from tests.tiny_reader import WITH_HEADS, folder_of, tiny_reader

GROUPS = 7


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Passages of odd lengths, in seven groups, the last of them short; some have no token."""
    parts = ["".join(lines(700)[n : n + 3 + n % 5]) for n in range(0, 385, 8)]
    return [parts[0], "", *parts[1:20], "", "", *parts[20:], ""]


@pytest.fixture(scope="module")
def passages(texts: list[str], reader: LoadedReader) -> tuple[PassageRecord, ...]:
    records, start, token = [], 0, 0
    for index, text in enumerate(texts):
        tokens = reader.tokenizer.count(text)
        records.append(PassageRecord(index + 1, index, text, start, 1, "", token, tokens))
        start, token = start + len(text), token + tokens
    return tuple(records)


@pytest.fixture(scope="module")
def with_heads(tmp_path_factory: pytest.TempPathFactory) -> LoadedReader:
    folder = tmp_path_factory.mktemp("heads") / "model"
    return load_reader(folder_of(folder, tiny_reader(0, WITH_HEADS)))


@pytest.fixture(scope="module")
def whole(passages: tuple[PassageRecord, ...], reader: LoadedReader) -> list[Reading]:
    return list(read(passages, reader, None))


def state_of(
    record: CheckpointRecord | SnapshotRecord, reader: LoadedReader
) -> tuple[RetNetState, int]:
    return decode_state(
        record.payload,
        reader.reader.config.body,
        reader.weights_fingerprint,
        reader.tokenizer_fingerprint,
    )


def kept_of(readings: list[Reading]) -> list[tuple[int, int, CheckpointRecord, object, object]]:
    """All that a reading leaves, but for how long it took."""
    return [
        (r.passage_index, r.tokens_read, r.checkpoint, r.snapshot, r.state_checksum)
        for r in readings
    ]


def test_groups_end_at_the_first_passage_beyond_the_promised_size(
    whole: list[Reading], passages: tuple[PassageRecord, ...]
) -> None:
    expected, tokens, total = [], 0, 0
    for passage in passages:
        tokens, total = tokens + passage.tokens, total + passage.tokens
        if tokens >= GROUP_TOKENS:
            expected.append((passage.index + 1, total))
            tokens = 0
    expected.append((len(passages), total))
    assert [(r.passage_index, r.tokens_read) for r in whole] == expected
    assert len(whole) == GROUPS
    assert [r.state_checksum is not None for r in whole] == [False] * (GROUPS - 1) + [True]


def test_a_snapshot_is_left_by_the_first_group_beyond_each_multiple(whole: list[Reading]) -> None:
    ends = [reading.tokens_read for reading in whole]
    multiples = range(SNAPSHOT_TOKENS, ends[-1] + 1, SNAPSHOT_TOKENS)
    expected = [next(end for end in ends if end >= multiple) for multiple in multiples]
    assert len(expected) == 2
    assert [r.snapshot.tokens_read for r in whole if r.snapshot] == expected
    assert [r.tokens_read for r in whole if r.snapshot] == expected


def test_the_state_is_that_of_all_tokens_read_at_once(
    whole: list[Reading], texts: list[str], reader: LoadedReader
) -> None:
    tokens = [token for text in texts for token in reader.tokenizer.encode(text)]
    state, count = state_of(whole[-1].checkpoint, reader)
    assert count == whole[-1].tokens_read == len(tokens)
    assert whole[-1].state_checksum == state_checksum(state)
    at_once = read_on(reader, tokens, None)
    largest = float(at_once.tensor.abs().max())  # products may be bfloat16
    assert_close(state.tensor, at_once.tensor, rtol=0, atol=0.02 * largest)


def test_a_snapshot_is_the_checkpoint_rounded(whole: list[Reading], reader: LoadedReader) -> None:
    for reading in whole:
        if reading.snapshot is not None:
            rounded, count = state_of(reading.snapshot, reader)
            exact, _ = state_of(reading.checkpoint, reader)
            step = exact.tensor.abs().amax(-1, keepdim=True) / 127
            assert count == reading.tokens_read
            assert bool(((rounded.tensor - exact.tensor).abs() <= 0.501 * step).all())


@pytest.mark.parametrize("after", range(1, GROUPS + 1), ids="after {} groups".format)
def test_a_reading_that_goes_on_after_any_group_is_the_undisturbed_one(
    after: int,
    texts: list[str],
    whole: list[Reading],
    reader: LoadedReader,
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'library.db'}"
    with open_library(url) as library:
        document = kept(library, reader, texts)
        first = read_to_its_end(library, reader, document, groups=after)
    with open_library(url) as library:
        rest = read_to_its_end(library, reader, document)
        library.readings.finish(document.id, rest[-1].state_checksum or "")
        assert library.find("ann", document.id).state_checksum == whole[-1].state_checksum
        assert library.find("ann", document.id).snapshots == 2
    if after == GROUPS:  # nothing was left to read: the end is told once more
        assert kept_of(rest) == kept_of([replace(whole[-1], snapshot=None)])
        rest = []
    assert kept_of([*first, *rest]) == kept_of(whole)


@pytest.mark.parametrize("texts_given", [[], [""], ["", ""]], ids=["none", "one", "two"])
def test_an_empty_document_ends_in_the_empty_state(
    texts_given: list[str], library: Library, reader: LoadedReader
) -> None:
    document = kept(library, reader, texts_given)
    (step,) = read_to_its_end(library, reader, document)
    empty = RetNetState.empty(reader.reader.config.body)
    assert (step.passage_index, step.tokens_read) == (len(texts_given), 0)
    assert (step.snapshot, step.state_checksum) == (None, state_checksum(empty))
    library.readings.finish(document.id, step.state_checksum or "")
    assert library.find("ann", document.id).finished


def test_a_checkpoint_of_other_weights_is_refused(
    whole: list[Reading], passages: tuple[PassageRecord, ...], other_reader: LoadedReader
) -> None:
    with pytest.raises(StateMismatch, match="Read the document again"):
        next(read(passages, other_reader, whole[0].checkpoint))


def test_a_damaged_checkpoint_is_refused(
    whole: list[Reading], passages: tuple[PassageRecord, ...], reader: LoadedReader
) -> None:
    payload = bytearray(whole[0].checkpoint.payload)
    payload[-7] ^= 4
    with pytest.raises(StateDamaged, match="Read the document again"):
        next(read(passages, reader, replace(whole[0].checkpoint, payload=bytes(payload))))


def test_each_passage_leaves_its_sentences_with_their_saliences(
    passages: tuple[PassageRecord, ...], with_heads: LoadedReader
) -> None:
    steps = list(read(passages, with_heads, None))
    ends = [0, *(step.passage_index for step in steps)]
    state = None
    for step, first, last in zip(steps, ends, ends[1:], strict=False):
        texts = [passage.text for passage in passages[first:last]]
        cut = [sentences(text) for text in texts]
        state, impressions = read_passages(with_heads, texts, cut, state)
        expected = [
            (passage.start + a, b - a, float(np.float16(salience)))
            for passage, spans, each in zip(passages[first:last], cut, impressions, strict=True)
            for (a, b), salience in zip(spans, saliences_of(each), strict=True)
        ]
        assert step.saliences is not None
        assert step.saliences.passage_index == first
        assert step.saliences.numbers().tolist() == [len(spans) for spans in cut]
        assert step.saliences.sentences().tolist() == expected


def saliences_of(impression: Impression) -> list[float]:
    assert impression.saliences is not None
    return [float(each) for each in impression.saliences]


def test_a_reader_without_that_head_leaves_none(whole: list[Reading]) -> None:
    assert {step.saliences for step in whole} == {None}


def test_a_reading_that_goes_on_leaves_the_very_same_saliences(
    passages: tuple[PassageRecord, ...], with_heads: LoadedReader
) -> None:
    undisturbed = list(read(passages, with_heads, None))
    rest = list(read(passages, with_heads, undisturbed[2].checkpoint))
    assert [step.saliences for step in rest] == [step.saliences for step in undisturbed[3:]]
