"""Sentences and saliences are saved with the state they belong to, and come back whole or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from storage.checksums import checksum
from storage.errors import StateDamaged
from storage.library import Library
from storage.records import COUNT, MARK, NewPassage, SalienceRecord, salience_record
from storage.saliences import in_place
from tests.storage.making import TOKENIZER, WEIGHTS, add, checkpoint

pytestmark = pytest.mark.each_backend


def marked(first: int, *counts: int, weights: str = WEIGHTS) -> SalienceRecord:
    """Passages with so many sentences of one letter each, the passages ten letters apart."""
    marks = np.zeros(sum(counts), MARK)
    places = [
        10 * (first + number) + 2 * sentence
        for number, count in enumerate(counts)
        for sentence in range(count)
    ]
    marks["start"], marks["length"] = places, 1
    marks["salience"] = np.asarray(places) / 4
    return salience_record(first, np.array(counts, COUNT).tobytes(), marks.tobytes(), weights)


def kept(library: Library, document_id: str, owner: str = "ann") -> list[tuple[int, list[int]]]:
    """First passage and the places of the sentences of each run; [] where it is not whole."""
    runs = library.saliences(owner, [document_id]).get(document_id, ())
    return [(run.passage_index, run.sentences()["start"].tolist()) for run in runs]


def test_runs_come_back_in_order_once_they_cover_the_document(library: Library) -> None:
    record = add(library, "a", "b", "c")
    library.readings.save(record.id, checkpoint(20), None, 0.0, None, marked(0, 2, 0))
    assert kept(library, record.id) == []
    library.readings.save(record.id, checkpoint(30), None, 0.0, None, marked(2, 1))
    assert kept(library, record.id) == [(0, [0, 2]), (2, [20])]
    assert kept(library, record.id, owner="bob") == []
    assert library.find("ann", record.id).stored.saliences == 3 * (MARK.itemsize + COUNT.itemsize)


def test_the_end_of_a_reading_makes_one_run_of_all(library: Library) -> None:
    record = add(library, "a", "b", "c")
    library.readings.save(record.id, checkpoint(20), None, 0.0, None, marked(0, 2, 0))
    library.readings.save(record.id, checkpoint(30), None, 0.0, None, marked(2, 1))
    library.readings.finish(record.id, "final")
    assert library.saliences("ann", [record.id]) == {record.id: (marked(0, 2, 0, 1),)}


def test_what_is_read_anew_takes_the_place_of_all_that_followed(library: Library) -> None:
    record = add(library, "a", "b", "c")
    library.readings.save(record.id, checkpoint(10), None, 0.0, None, marked(0, 1, 3))
    library.readings.save(record.id, checkpoint(20), None, 0.0, None, marked(2, 1))
    library.readings.save(record.id, checkpoint(30), None, 0.0, None, marked(1, 2, 1))
    assert kept(library, record.id) == [(0, [0]), (1, [10, 12, 20])]


def test_those_of_the_last_weights_are_given_and_the_old_ones_dropped_at_the_end(
    library: Library,
) -> None:
    record = add(library, "a", "b")
    old, new = marked(0, 1, 1), marked(0, 2, 2, weights="a-new")
    library.readings.save(record.id, checkpoint(20), None, 0.0, None, old)
    library.readings.finish(record.id, "old")
    begun = marked(0, 2, weights="a-new")
    library.readings.save(record.id, checkpoint(10, weights="a-new"), None, 0.0, None, begun)
    assert library.saliences("ann", [record.id]) == {record.id: (old,)}
    library.readings.save(record.id, checkpoint(20, weights="a-new"), None, 0.0, None, new)
    assert library.saliences("ann", [record.id]) == {record.id: (new,)}
    library.readings.finish(record.id, "new")
    assert library.saliences("ann", [record.id]) == {record.id: (new,)}
    library.readings.save(record.id, checkpoint(10), None, 0.0)
    assert library.saliences("ann", [record.id]) == {record.id: (new,)}


def test_a_later_version_takes_over_the_sentences_of_its_beginning(library: Library) -> None:
    old = add(library, "a", "b", "c")
    library.readings.save(old.id, checkpoint(20), None, 0.0, anchored=True)
    library.readings.save(old.id, checkpoint(30), None, 0.0, None, marked(0, 1, 2, 1), began=20)
    new = add(library, "a", "b", "d", title="Another")
    assert library.readings.adopt(new.id, old.id, WEIGHTS, TOKENIZER, [2]) == 20
    library.readings.save(new.id, checkpoint(30), None, 0.0, None, marked(2, 3), began=20)
    assert kept(library, new.id) == [(0, [0, 10, 12]), (2, [20, 22, 24])]


@pytest.mark.parametrize("way", ["forget", "recount", "delete"])
def test_nothing_is_left_where_the_states_go(library: Library, way: str) -> None:
    record = add(library, "a", "b")
    library.readings.save(record.id, checkpoint(20), None, 0.0, None, marked(0, 1, 1))
    match way:
        case "forget":
            library.readings.forget(record.id)
        case "recount":
            library.readings.recount(record.id, "tokenizer-b", [3, 4])
        case _:
            library.delete("ann", record.id)
    with library._database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM salience")) == 0


def test_a_damaged_run_is_left_out_and_told_when_looked_for(library: Library) -> None:
    record = add(library, "a", "b")
    library.readings.save(record.id, checkpoint(20), None, 0.0, None, marked(0, 1, 1))
    library.readings.require_sound_saliences(record.id, WEIGHTS)
    with library._database.writing() as connection:
        wrong = {"wrong": bytes(2 * MARK.itemsize)}
        connection.execute(text("UPDATE salience SET marks = :wrong"), wrong)
    assert library.saliences("ann", [record.id]) == {}
    with pytest.raises(StateDamaged, match="readonce add"):
        library.readings.require_sound_saliences(record.id, WEIGHTS)


@pytest.mark.parametrize(
    "change",
    [{"checksum": "0" * 64}, {"marks": b"abc"}, {"counts": b"\1\0\0"}],
    ids=["other bytes", "a third of a mark", "no whole count"],
)
def test_saliences_that_are_not_whole_are_refused(
    library: Library, change: dict[str, bytes]
) -> None:
    record = add(library, "a")
    wrong = replace(marked(0, 1), **change)  # type: ignore[arg-type]
    if "checksum" not in change:
        wrong = replace(wrong, checksum=checksum(wrong.counts + wrong.marks))
    with pytest.raises(ValueError, match=r"SHA-256|bytes of marks"):
        library.readings.save(record.id, checkpoint(10), None, 0.0, None, wrong)
    assert library.readings.checkpoint(record.id, WEIGHTS, TOKENIZER) is None


PASSAGES = tuple(NewPassage("x" * 10, 10 * n, 1, "", 10 * n, 10) for n in range(3))


@given(st.integers(0, 40), st.integers(0, 40), st.floats(width=16))
def test_only_sentences_inside_their_passage_and_apart_are_in_place(
    start: int, length: int, salience: float
) -> None:
    run = marked(0, 1, 1, 1)
    marks = run.sentences().copy()
    marks[1] = (start, length, salience)
    moved = salience_record(0, run.counts, marks.tobytes(), WEIGHTS)
    inside = start >= 10 and length > 0 and start + length <= 20 and bool(np.isfinite(salience))
    assert in_place(moved, PASSAGES) is inside
    assert in_place(run, PASSAGES)
    assert not in_place(run, PASSAGES[:2])
