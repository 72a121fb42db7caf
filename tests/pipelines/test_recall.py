"""Candidates come with the tokens right before them and the latest state stored before those."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import torch

import storage.errors
from pipelines.recall import CANDIDATES, GAP_PASSAGES, GAP_TOKENS
from retnet_core import errors
from retnet_core.checkpoint import LoadedReader
from retnet_core.codec import decode_state
from retnet_core.state import RetNetState
from storage.checksums import checksum
from storage.library import Library
from storage.records import DocumentRecord
from tests.pipelines.stored import kept, lines, read_to_its_end, recalled

QUESTION = "Who opened the first school of the valley?"
LATE, EARLY = 500, 1


@pytest.fixture
def long(library: Library, reader: LoadedReader) -> DocumentRecord:
    """Passages of a line each; two of them share rare words with nothing else."""
    texts = lines(560)
    texts[LATE] = "Quibble dates from the late hours of the chronicle.\n"
    texts[EARLY] = "Quibble dates from the early hours of the chronicle.\n"
    document = kept(library, reader, texts)
    steps = read_to_its_end(library, reader, document)
    assert sum(step.snapshot is not None for step in steps) >= 2
    return document


def tokens_before(
    library: Library, document: DocumentRecord, index: int, reader: LoadedReader
) -> list[int]:
    passages = library.passages(document.id, 0, index)
    return [token for passage in passages for token in reader.tokenizer.encode(passage.text)]


def spoil(folder: Path, change: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / "library.db")) as file:
        file.execute(change, values)
        file.commit()


def test_a_short_document_is_taken_whole(library: Library, reader: LoadedReader) -> None:
    document = kept(library, reader, lines(7))
    found = recalled(library, document, "Which mill?", reader)
    assert sorted(candidate.passage.index for candidate in found) == list(range(7))
    assert found[0].score > 0
    assert "mill" in found[0].passage.text


def test_the_best_matches_of_a_long_document_come_first(
    library: Library, long: DocumentRecord, reader: LoadedReader
) -> None:
    found = recalled(library, long, "quibble opened?", reader)
    assert len(found) == CANDIDATES
    scores = [candidate.score for candidate in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0
    assert {found[0].passage.index, found[1].passage.index} == {EARLY, LATE}


def test_places_that_no_word_fills_go_to_the_first_passages(
    library: Library, long: DocumentRecord, reader: LoadedReader
) -> None:
    found = recalled(library, long, "quibble?", reader)
    scores = {candidate.passage.index: candidate.score for candidate in found}
    assert set(scores) == {LATE, *range(CANDIDATES - 1)}
    assert {index for index, score in scores.items() if score > 0} == {EARLY, LATE}


def test_the_gap_is_the_last_tokens_before_the_passage(
    library: Library, long: DocumentRecord, reader: LoadedReader
) -> None:
    for candidate in recalled(library, long, "quibble opened school", reader):
        index = candidate.passage.index
        before = tokens_before(library, long, index, reader)
        reach = tokens_before(library, long, max(0, index - GAP_PASSAGES), reader)
        expected = before[len(reach) :][-GAP_TOKENS:]
        assert candidate.gap == expected
        assert len(candidate.gap) == min(GAP_TOKENS, len(before) - len(reach))


def test_a_gap_does_not_reach_beyond_its_passages(library: Library, reader: LoadedReader) -> None:
    document = kept(library, reader, [f"{letter} " for letter in "abcdefghijkl"])
    found = {c.passage.index: c for c in recalled(library, document, "l", reader)}
    assert reader.tokenizer.decode(found[11].gap).split() == list("defghijk")
    assert found[0].gap == []


def test_the_past_is_the_latest_snapshot_before_the_gap(
    library: Library, long: DocumentRecord, reader: LoadedReader
) -> None:
    marks = (reader.weights_fingerprint, reader.tokenizer_fingerprint)
    body = reader.reader.config.body
    pasts = {c.passage.index: c for c in recalled(library, long, "quibble opened", reader)}
    late = pasts[LATE]
    begins = late.passage.token_start - len(late.gap)
    snapshot = library.readings.snapshot_before(long.id, begins, *marks)
    assert snapshot is not None
    assert 0 < snapshot.tokens_read <= begins
    expected, _ = decode_state(snapshot.payload, body, *marks)
    assert torch.equal(late.past.tensor, expected.tensor)
    assert float(late.past.tensor.abs().max()) > 0
    assert torch.equal(pasts[EARLY].past.tensor, RetNetState.empty(body).tensor)


def test_a_snapshot_within_the_gap_is_not_used(
    library: Library, long: DocumentRecord, reader: LoadedReader
) -> None:
    """Else the tokens between it and the start of the gap would be read twice."""
    marks = (reader.weights_fingerprint, reader.tokenizer_fingerprint)
    latest = library.readings.snapshot_before(long.id, long.tokens // 2, *marks)
    assert latest is not None
    index = latest.passage_index + 2
    candidates = recalled(library, long, f"Entry {index}", reader)
    (found,) = [each for each in candidates if each.passage.index == index]
    begins = found.passage.token_start - len(found.gap)
    assert begins < latest.tokens_read <= found.passage.token_start
    earlier = library.readings.snapshot_before(long.id, latest.tokens_read - 1, *marks)
    assert earlier is not None
    expected, _ = decode_state(earlier.payload, reader.reader.config.body, *marks)
    assert torch.equal(found.past.tensor, expected.tensor)


def test_a_snapshot_of_other_weights_is_not_used(
    library: Library, long: DocumentRecord, other_reader: LoadedReader
) -> None:
    pasts = [c.past.tensor for c in recalled(library, long, "quibble", other_reader)]
    assert all(not past.any() for past in pasts)


def test_a_document_without_passages_has_no_candidates(
    library: Library, reader: LoadedReader
) -> None:
    document = kept(library, reader, [])
    assert recalled(library, document, "What?", reader) == ()


def test_a_snapshot_damaged_on_the_disk_is_told(
    library: Library, long: DocumentRecord, reader: LoadedReader, tmp_path: Path
) -> None:
    spoil(tmp_path, "UPDATE snapshot SET payload = zeroblob(length(payload))")
    with pytest.raises(storage.errors.StateDamaged, match="readonce add"):
        recalled(library, long, "quibble", reader)


def test_a_snapshot_damaged_before_it_was_stored_is_told(
    library: Library, long: DocumentRecord, reader: LoadedReader, tmp_path: Path
) -> None:
    wrong = bytes(2000)
    spoil(tmp_path, "UPDATE snapshot SET payload = ?, checksum = ?", wrong, checksum(wrong))
    with pytest.raises(errors.StateDamaged, match="Read the document again"):
        recalled(library, long, "quibble", reader)
