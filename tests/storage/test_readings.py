"""Checkpoints, snapshots and the progress of a reading."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from storage.errors import StaleReading, StateDamaged
from storage.library import Library
from tests.storage.making import TOKENIZER, WEIGHTS, add, checkpoint, open_at, snapshot

pytestmark = pytest.mark.each_backend


def test_a_saved_state_comes_back_as_it_was_given(library: Library) -> None:
    record = add(library, "a", "b", "c")
    exact, rounded = checkpoint(20, payload=os.urandom(5000)), snapshot(10, payload=b"\x00\xff")
    library.readings.save(record.id, exact, rounded, 1.5)
    assert library.readings.checkpoint(record.id, WEIGHTS, TOKENIZER) == exact
    assert library.readings.snapshot_before(record.id, 10, WEIGHTS, TOKENIZER) == rounded
    after = library.find("ann", record.id)
    assert (after.tokens_read, after.read, after.read_seconds) == (20, 20 / 30, 1.5)
    assert (after.snapshots, after.weights_fingerprint, after.finished) == (1, WEIGHTS, False)


def test_the_newest_checkpoint_replaces_the_one_before(library: Library) -> None:
    record = add(library, "a", "b", "c")
    for tokens in (10, 20, 30):
        library.readings.save(record.id, checkpoint(tokens), snapshot(tokens - 10), 2.0)
    assert library.readings.checkpoint(record.id, WEIGHTS, TOKENIZER) == checkpoint(30)
    library.readings.finish(record.id, "final")
    after = library.find("ann", record.id)
    assert (after.state_checksum, after.finished, after.read) == ("final", True, 1.0)
    assert (after.read_seconds, after.snapshots) == (6.0, 3)


@pytest.mark.parametrize(("token", "tokens_read"), [(0, 0), (9, 0), (10, 10), (25, 20), (99, 20)])
def test_the_latest_snapshot_at_or_before_a_token_is_given(
    library: Library, token: int, tokens_read: int
) -> None:
    record = add(library, "a", "b", "c")
    for tokens in (0, 10, 20):
        library.readings.save(record.id, checkpoint(tokens + 10), snapshot(tokens), 0.0)
    found = library.readings.snapshot_before(record.id, token, WEIGHTS, TOKENIZER)
    assert found == snapshot(tokens_read)


def test_a_state_of_other_weights_or_another_tokenizer_is_not_given(library: Library) -> None:
    record = add(library, "a")
    library.readings.save(record.id, checkpoint(10), snapshot(0), 0.0)
    for weights, tokenizer in (("weights-b", TOKENIZER), (WEIGHTS, "tokenizer-b")):
        assert library.readings.checkpoint(record.id, weights, tokenizer) is None
        assert library.readings.snapshot_before(record.id, 10, weights, tokenizer) is None


def test_a_slower_second_process_is_refused(library: Library) -> None:
    record = add(library, "a", "b", "c")
    library.readings.save(record.id, checkpoint(20), snapshot(10), 1.0)
    for late in (checkpoint(10), checkpoint(20, payload=b"another state")):
        with pytest.raises(StaleReading, match="Another process"):
            library.readings.save(record.id, late, snapshot(5), 1.0)
    after = library.find("ann", record.id)
    assert (after.tokens_read, after.read_seconds, after.snapshots) == (20, 1.0, 1)
    assert library.readings.snapshot_before(record.id, 9, WEIGHTS, TOKENIZER) is None


def test_saving_the_same_state_twice_changes_nothing(library: Library) -> None:
    record = add(library, "a", "b")
    for _ in range(2):
        library.readings.save(record.id, checkpoint(10), snapshot(0), 1.0)
    after = library.find("ann", record.id)
    assert (after.tokens_read, after.read_seconds, after.snapshots) == (10, 1.0, 1)


def test_states_of_old_weights_stay_until_the_new_reading_ends(library: Library) -> None:
    record = add(library, "a", "b")
    library.readings.save(record.id, checkpoint(20), snapshot(0), 3.0)
    library.readings.finish(record.id, "old")
    library.readings.save(record.id, checkpoint(10, weights="new"), snapshot(0, weights="new"), 1.0)
    between = library.find("ann", record.id)
    assert (between.tokens_read, between.read_seconds, between.finished) == (10, 1.0, False)
    assert library.readings.snapshot_before(record.id, 5, WEIGHTS, TOKENIZER) == snapshot(0)
    with pytest.raises(StaleReading, match="token 10 of 20"):
        library.readings.finish(record.id, "too early")
    library.readings.save(record.id, checkpoint(20, weights="new"), None, 1.0)
    library.readings.finish(record.id, "new")
    assert library.readings.snapshot_before(record.id, 5, WEIGHTS, TOKENIZER) is None
    assert library.readings.checkpoint(record.id, WEIGHTS, TOKENIZER) is None
    assert library.readings.snapshot_before(record.id, 5, "new", TOKENIZER) is not None


def test_finishing_one_document_leaves_the_states_of_others(library: Library) -> None:
    first, second = add(library, "a"), add(library, "b")
    library.readings.save(first.id, checkpoint(10), snapshot(0), 0.0)
    library.readings.save(second.id, checkpoint(10, weights="new"), None, 0.0)
    library.readings.finish(second.id, "new")
    assert library.readings.checkpoint(first.id, WEIGHTS, TOKENIZER) == checkpoint(10)
    assert library.readings.snapshot_before(first.id, 0, WEIGHTS, TOKENIZER) == snapshot(0)


def test_a_forgotten_reading_starts_from_the_first_token(library: Library) -> None:
    record = add(library, "a", "b")
    library.readings.save(record.id, checkpoint(20), snapshot(0), 1.0)
    library.readings.finish(record.id, "x")
    library.readings.forget(record.id)
    assert library.find("ann", record.id) == record
    library.readings.save(record.id, checkpoint(10), None, 1.0)


def test_a_recount_moves_every_passage_and_drops_the_states_in_other_tokens(
    library: Library,
) -> None:
    other, record = add(library, "z", "z"), add(library, "a", "b", "c")
    library.readings.save(record.id, checkpoint(30), snapshot(10), 1.0)
    library.readings.finish(record.id, "old")
    library.readings.recount(record.id, "tokenizer-b", [4, 0, 7])
    assert library.find("ann", record.id) == replace(
        record, tokens=11, tokenizer_fingerprint="tokenizer-b"
    )
    passages = library.passages(record.id)
    assert [(each.token_start, each.tokens) for each in passages] == [(0, 4), (4, 0), (4, 7)]
    assert library.readings.checkpoint(record.id, WEIGHTS, TOKENIZER) is None
    assert library.readings.snapshot_before(record.id, 99, WEIGHTS, TOKENIZER) is None
    assert [each.token_start for each in library.passages(other.id)] == [0, 10]
    library.readings.save(record.id, checkpoint(11, tokenizer="tokenizer-b"), None, 1.0)
    library.readings.finish(record.id, "new")
    assert library.find("ann", record.id).read == 1.0


def test_a_reading_in_the_tokens_of_before_a_recount_is_refused(library: Library) -> None:
    record = add(library, "a")
    library.readings.recount(record.id, "tokenizer-b", [3])
    with pytest.raises(StaleReading, match=r"another model.*readonce add"):
        library.readings.save(record.id, checkpoint(10), snapshot(0), 1.0)
    after = library.find("ann", record.id)
    assert (after.tokens_read, after.weights_fingerprint, after.snapshots) == (0, None, 0)


def test_a_second_recount_keeps_the_reading_that_has_begun(library: Library) -> None:
    record = add(library, "a", "b")
    library.readings.recount(record.id, "tokenizer-b", [3, 4])
    library.readings.save(record.id, checkpoint(3, tokenizer="tokenizer-b"), None, 1.0)
    library.readings.recount(record.id, "tokenizer-b", [3, 4])
    assert library.find("ann", record.id).tokens_read == 3
    assert library.readings.checkpoint(record.id, WEIGHTS, "tokenizer-b") is not None


@pytest.mark.parametrize("counts", [[], [1], [1, 2, 3]])
def test_a_recount_needs_one_number_for_each_passage(library: Library, counts: list[int]) -> None:
    record = add(library, "a", "b")
    with pytest.raises(ValueError, match="2 passages"):
        library.readings.recount(record.id, "tokenizer-b", counts)
    assert library.find("ann", record.id) == record


def test_a_document_without_passages_is_recounted_too(library: Library) -> None:
    record = add(library)
    library.readings.recount(record.id, "tokenizer-b", [])
    assert library.find("ann", record.id).tokenizer_fingerprint == "tokenizer-b"


def test_a_state_that_differs_from_its_checksum_is_a_programming_mistake(library: Library) -> None:
    record = add(library, "a")
    with pytest.raises(ValueError, match="SHA-256"):
        library.readings.save(record.id, replace(checkpoint(5), payload=b"changed"), None, 0.0)


@pytest.mark.parametrize("table", ["checkpoint", "snapshot"])
def test_a_flipped_byte_on_the_disk_is_noticed(library_file: Path, table: str) -> None:
    payloads = {name: os.urandom(64) for name in ("checkpoint", "snapshot")}
    with open_at(library_file.parent) as library:
        record = add(library, "a", title="The log")
        library.readings.save(
            record.id,
            checkpoint(10, payload=payloads["checkpoint"]),
            snapshot(0, payload=payloads["snapshot"]),
            0.0,
        )
    stored = bytearray(library_file.read_bytes())
    stored[stored.index(payloads[table]) + 20] ^= 1
    library_file.write_bytes(stored)
    with open_at(library_file.parent) as library:
        with pytest.raises(StateDamaged, match=r"The log.*readonce add"):
            stored_state(library, table, record.id)
        library.readings.forget(record.id)
        assert library.readings.checkpoint(record.id, WEIGHTS, TOKENIZER) is None


def stored_state(library: Library, table: str, document_id: str) -> object:
    if table == "checkpoint":
        return library.readings.checkpoint(document_id, WEIGHTS, TOKENIZER)
    return library.readings.snapshot_before(document_id, 5, WEIGHTS, TOKENIZER)


def test_older_weights_take_up_their_finished_reading_after_newer_ones_began(
    library: Library,
) -> None:
    record = add(library, "a", "b", "c")
    library.readings.save(record.id, checkpoint(30), None, 1.0)
    library.readings.finish(record.id, "final")
    library.readings.save(record.id, replace(checkpoint(10), weights_fingerprint="new"), None, 1.0)
    library.readings.save(record.id, checkpoint(30), None, 0.0)
    library.readings.finish(record.id, "final")
    after = library.find("ann", record.id)
    assert (after.weights_fingerprint, after.tokens_read, after.finished) == (WEIGHTS, 30, True)


def test_a_step_whose_beginning_was_dropped_meanwhile_is_refused(library: Library) -> None:
    record = add(library, "a", "b", "c")
    library.readings.save(record.id, checkpoint(10), snapshot(0), 1.0)
    library.readings.forget(record.id)
    with pytest.raises(StaleReading, match="dropped meanwhile"):
        library.readings.save(record.id, checkpoint(20), snapshot(10), 1.0, began=10)
    assert library.find("ann", record.id) == record


def test_anchors_count_as_stored_and_go_with_the_reading(library: Library) -> None:
    record = add(library, *"abcdefgh" * 20)
    library.readings.save(record.id, checkpoint(10), None, 1.0)
    without = library.find("ann", record.id).stored_bytes
    library.readings.save(record.id, checkpoint(20), None, 1.0, began=10, anchored=True)
    grown = len(checkpoint(20).payload) * 2 - len(checkpoint(10).payload)
    assert library.find("ann", record.id).stored_bytes == without + grown
    library.readings.forget(record.id)
    assert library.find("ann", record.id) == record
