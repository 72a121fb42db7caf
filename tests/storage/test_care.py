"""Rows that are lost behind the program's back are missed, and nothing else is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from storage.library import Library
from storage.work import NewJob
from tests.storage.making import TOKENIZER, WEIGHTS, Clock, add, checkpoint, snapshot

pytestmark = pytest.mark.each_backend


def places(library: Library) -> list[str]:
    found = (*library.care.library_damage(), *library.care.document_damage("ann", None))
    return [f"{each.kind}: {each.place}" for each in found]


def lose(library: Library, row: str) -> None:
    """Delete a row as no part of the program does."""
    with library._database.writing() as connection:
        connection.execute(text(f"DELETE FROM {row}"))


def anchored(library: Library, name: str = "A report", *, tokens: int = 40) -> str:
    """A document with an anchor after each of its passages, read to so many tokens."""
    record = add(library, *(f"{name} {index}" for index in range(4)), title=name)
    for place in range(10, tokens + 1, 10):
        library.readings.save(
            record.id, checkpoint(place), snapshot(place), 1.0, began=place - 10, anchored=True
        )
    return record.id


def test_a_lost_upload_is_missed_and_then_said_to_have_failed(library: Library) -> None:
    library.queue.enqueue("ann", "kept.pdf", b"kept")
    lost = library.queue.enqueue("ann", "lost \ud800.pdf", b"lost")
    assert places(library) == []
    lose(library, f"job WHERE id = '{lost.id}'")
    assert places(library) == ["job: the work on lost \ufffd.pdf, which is gone"]
    library.care.mend_rows("ann")
    assert places(library) == []
    told = {each.file_name: (each.id, each.status) for each in library.queue.jobs("ann")}
    assert told["lost \ufffd.pdf"] == (lost.id, "failed")
    assert told["kept.pdf"][1] == "waiting"
    assert "hand the file in again" in library.queue.jobs("ann")[0].message


def test_a_number_that_is_given_again_does_not_hide_a_lost_upload(library: Library) -> None:
    lost = library.queue.enqueue("ann", "lost.pdf", b"lost")
    lose(library, f"job WHERE id = '{lost.id}'")
    library.queue.enqueue("ann", "next.pdf", b"next")
    assert places(library) == ["job: the work on lost.pdf, which is gone"]


def test_a_lost_receipt_is_told_and_written_again(library: Library) -> None:
    library.queue.enqueue("ann", "a.pdf", b"a")
    lose(library, "receipt")
    assert places(library) == ["job: the receipt for the work on a.pdf"]
    library.care.mend_rows("ann")
    assert places(library) == []
    assert library.queue.jobs("ann")[0].status == "waiting"


def test_a_lost_anchor_is_missed_though_more_are_kept_or_dropped_later(library: Library) -> None:
    document_id = anchored(library, tokens=30)
    assert places(library) == []
    lose(library, "anchor WHERE tokens_read = 20")
    assert places(library) == ["anchor: 2 of 3 states for a later version are there"]
    library.readings.save(document_id, checkpoint(40), None, 1.0, began=30, anchored=True)
    library.readings.finish(document_id, "final")
    assert len(places(library)) == 1
    library.readings.forget(document_id)
    assert places(library) == []


def test_nothing_is_missed_after_ordinary_work(library: Library, clock: Clock) -> None:
    first, second = library.queue.enqueue("ann", "a", b"a"), library.queue.enqueue("ann", "b", b"b")
    document_id = anchored(library)
    library.queue.finish(first.id, document_id)
    library.queue.fail(second.id, "broken")
    newer = add(library, *(f"newer {index}" for index in range(4)), title="newer")
    assert library.readings.adopt(newer.id, document_id, WEIGHTS, TOKENIZER, [0, 1, 2, 3]) == 30
    assert places(library) == []
    library.readings.finish(document_id, "final")
    batch = library.queue.open_batch("ann", "ask", "mark", "out.jsonl", "{}")
    job = library.queue.hand_in(NewJob("ann", "c", b"c", batch_id=batch.id, item="c"))
    library.queue.hand_in_again(job.id, NewJob("ann", "d", b"d", batch_id=batch.id, item="c"))
    assert places(library) == []
    library.delete("ann", document_id)
    assert places(library) == []
    library.queue.fail(job.id, "broken")
    clock.now += timedelta(days=40)
    assert library.queue.claim("worker") is None
    assert (library.queue.jobs("ann"), places(library)) == ((), [])
