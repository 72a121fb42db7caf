"""Embeddings are saved with the state they belong to, and never change under their number."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from sqlalchemy import text

from storage.checksums import checksum
from storage.errors import StaleReading, StateDamaged
from storage.library import Library
from storage.records import EmbeddingRecord
from tests.storage.making import WEIGHTS, add, checkpoint, snapshot

pytestmark = pytest.mark.each_backend
WIDTH = 4


def embeddings(first: int, passages: int, *, weights: str = WEIGHTS) -> EmbeddingRecord:
    vectors = os.urandom(passages * WIDTH)
    return EmbeddingRecord(first, WIDTH, vectors, checksum(vectors), weights)


def kept(library: Library, document_id: str, weights: str = WEIGHTS) -> dict[int, bytes]:
    """The vector of each passage."""
    runs = library.embedding_runs("ann", weights, [document_id])
    records = library.embeddings([run.id for run in runs]).values()
    return {
        record.passage_index + number: record.vectors[number * WIDTH : (number + 1) * WIDTH]
        for record in records
        for number in range(record.passages)
    }


def vectors_of(*records: EmbeddingRecord) -> dict[int, bytes]:
    return {
        record.passage_index + number: record.vectors[number * WIDTH : (number + 1) * WIDTH]
        for record in records
        for number in range(record.passages)
    }


def test_embeddings_come_back_as_they_were_given(library: Library) -> None:
    record = add(library, "a", "b", "c")
    first, second = embeddings(0, 2), embeddings(2, 1)
    library.readings.save(record.id, checkpoint(20), None, 0.0, first)
    assert kept(library, record.id) == vectors_of(first)
    library.readings.save(record.id, checkpoint(30), None, 0.0, second)
    assert kept(library, record.id) == vectors_of(first, second)


def test_the_end_of_a_reading_makes_one_run_of_all(library: Library) -> None:
    record = add(library, "a", "b", "c")
    first, second = embeddings(0, 2), embeddings(2, 1)
    library.readings.save(record.id, checkpoint(20), None, 0.0, first)
    library.readings.save(record.id, checkpoint(30), None, 0.0, second)
    before = {run.id for run in library.embedding_runs("ann", WEIGHTS)}
    library.readings.finish(record.id, "final")
    (run,) = library.embedding_runs("ann", WEIGHTS)
    assert (run.passage_index, run.passages) == (0, 3)
    assert run.id not in before
    assert kept(library, record.id) == vectors_of(first, second)
    assert library.find("ann", record.id).stored.embeddings == 3 * WIDTH


def test_what_is_read_anew_takes_the_place_of_all_that_followed(library: Library) -> None:
    record = add(library, "a", "b", "c", "d")
    first, late, again = embeddings(0, 3), embeddings(3, 1), embeddings(1, 1)
    library.readings.save(record.id, checkpoint(10), None, 0.0, first)
    library.readings.save(record.id, checkpoint(20), None, 0.0, late)
    library.readings.save(record.id, checkpoint(30), None, 0.0, again)
    expected = {0: vectors_of(first)[0], 1: vectors_of(again)[1]}
    assert kept(library, record.id) == expected


def test_a_reading_that_is_refused_leaves_no_embedding(library: Library) -> None:
    record = add(library, "a", "b", "c")
    first = embeddings(0, 2)
    library.readings.save(record.id, checkpoint(20), None, 0.0, first)
    with pytest.raises(StaleReading):
        library.readings.save(record.id, checkpoint(10), None, 0.0, embeddings(0, 1))
    assert kept(library, record.id) == vectors_of(first)


def test_saving_the_same_state_twice_keeps_the_embeddings(library: Library) -> None:
    record = add(library, "a", "b")
    first = embeddings(0, 1)
    for _ in range(2):
        library.readings.save(record.id, checkpoint(10), snapshot(0), 0.0, first)
    assert kept(library, record.id) == vectors_of(first)


def test_embeddings_of_old_weights_stay_until_the_new_reading_ends(library: Library) -> None:
    record = add(library, "a", "b")
    old, new = embeddings(0, 2), embeddings(0, 2, weights="new")
    library.readings.save(record.id, checkpoint(20), None, 0.0, old)
    library.readings.finish(record.id, "old")
    library.readings.save(record.id, checkpoint(20, weights="new"), None, 0.0, new)
    assert kept(library, record.id) == vectors_of(old)
    assert kept(library, record.id, "new") == vectors_of(new)
    library.readings.finish(record.id, "new")
    assert kept(library, record.id) == {}
    assert kept(library, record.id, "new") == vectors_of(new)


@pytest.mark.parametrize("way", ["forget", "recount", "delete"])
def test_nothing_is_left_where_the_states_go(library: Library, way: str) -> None:
    record = add(library, "a", "b")
    library.readings.save(record.id, checkpoint(20), None, 0.0, embeddings(0, 2))
    match way:
        case "forget":
            library.readings.forget(record.id)
        case "recount":
            library.readings.recount(record.id, "tokenizer-b", [3, 4])
        case _:
            library.delete("ann", record.id)
    assert library.embedding_runs("ann", WEIGHTS) == ()


def test_the_number_of_a_run_is_never_given_again(library: Library) -> None:
    seen: set[int] = set()
    for _ in range(3):
        record = add(library, "a")
        library.readings.save(record.id, checkpoint(10), None, 0.0, embeddings(0, 1))
        (run,) = library.embedding_runs("ann", WEIGHTS)
        assert run.id not in seen
        seen.add(run.id)
        library.delete("ann", record.id)


def test_only_the_owners_embeddings_are_listed(library: Library) -> None:
    mine, theirs = add(library, "a"), add(library, "b", owner="bob")
    for record in (mine, theirs):
        library.readings.save(record.id, checkpoint(10), None, 0.0, embeddings(0, 1))
    assert [run.document_id for run in library.embedding_runs("ann", WEIGHTS)] == [mine.id]
    assert library.embedding_runs("ann", WEIGHTS, [theirs.id]) == ()


def test_a_damaged_run_is_left_out_and_told_when_looked_for(library: Library) -> None:
    record = add(library, "a", "b")
    library.readings.save(record.id, checkpoint(20), None, 0.0, embeddings(0, 2))
    library.readings.require_sound_embeddings(record.id, WEIGHTS)
    with library._database.writing() as connection:
        wrong = {"wrong": bytes(2 * WIDTH)}
        connection.execute(text("UPDATE embedding SET vectors = :wrong"), wrong)
    assert kept(library, record.id) == {}
    with pytest.raises(StateDamaged, match="readonce add"):
        library.readings.require_sound_embeddings(record.id, WEIGHTS)


@pytest.mark.parametrize(
    "change",
    [{"checksum": "0" * 64}, {"vectors": b"abc", "checksum": checksum(b"abc")}],
    ids=["other bytes", "half a vector"],
)
def test_embeddings_that_are_not_whole_are_refused(
    library: Library, change: dict[str, bytes]
) -> None:
    record = add(library, "a")
    wrong = replace(embeddings(0, 1), **change)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"SHA-256|3 bytes"):
        library.readings.save(record.id, checkpoint(10), None, 0.0, wrong)
    assert library.readings.checkpoint(record.id, WEIGHTS, "tokenizer-a") is None
