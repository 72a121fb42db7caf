"""Jobs, batches of them and the workers that take them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from storage.checksums import checksum
from storage.errors import NotFound
from storage.library import Library
from storage.work import BATCH, PERSON, JobRecord, NewJob
from tests.storage.making import Clock, add
from tests.storage.soundness import traces

pytestmark = pytest.mark.each_backend


def test_an_upload_waits_is_read_and_done(library: Library) -> None:
    waiting = library.queue.enqueue("ann", "a.pdf", b"bytes \x00")
    assert (waiting.status, waiting.message, waiting.document_id) == ("waiting", "", None)
    taken = library.queue.claim("worker")
    assert taken is not None
    assert (taken[0].id, taken[0].status, taken[1]) == (waiting.id, "running", b"bytes \x00")
    record = add(library, "text")
    library.queue.finish(waiting.id, record.id)
    (done,) = library.queue.jobs("ann")
    assert (done.status, done.document_id, done.created_at) == (
        "done",
        record.id,
        waiting.created_at,
    )
    assert library.queue.claim("worker") is None


def test_the_oldest_upload_is_taken_first_and_the_newest_listed_first(library: Library) -> None:
    first, second = (library.queue.enqueue("ann", name, b"x") for name in ("1", "2"))
    assert claimed(library, "w").id == first.id
    assert [upload.id for upload in library.queue.jobs("ann")] == [second.id, first.id]


def test_of_what_is_done_only_the_last_few_are_at_hand(library: Library) -> None:
    document = add(library, "text")
    for number in range(30):
        library.queue.enqueue("ann", f"{number}.txt", b"x")
    for each in reversed(library.queue.jobs("ann")[2:27]):
        library.queue.finish(each.id, document.id)
    names = [each.file_name for each in library.queue.at_hand("ann")]
    assert names[:2] == ["29.txt", "28.txt"]
    assert len(names) == 5 + 20
    assert library.queue.at_hand("bob") == ()


def test_two_owners_never_see_each_others_uploads(library: Library) -> None:
    library.queue.enqueue("ann", "private.pdf", b"x")
    assert library.queue.jobs("bob") == ()


def test_a_job_of_a_worker_that_is_gone_is_taken_over(library: Library) -> None:
    upload = library.queue.enqueue("ann", "a", b"x")
    assert library.queue.claim("first") is not None
    assert library.queue.claim("second") is None
    taken = claimed(library, "second", "first")
    assert (taken.id, taken.tries, taken.fence) == (upload.id, 2, 2)
    assert library.queue.claim("third") is None


def test_a_job_of_a_worker_that_said_goodbye_is_free(library: Library) -> None:
    upload = library.queue.enqueue("ann", "a", b"x")
    assert library.queue.claim("first") is not None
    library.queue.say_goodbye("first")
    assert claimed(library, "second").id == upload.id


def test_a_worker_gets_back_what_it_never_ended(library: Library) -> None:
    upload = library.queue.enqueue("ann", "a", b"x")
    for _ in range(2):
        assert claimed(library, "restarted").id == upload.id


def test_a_failed_upload_says_why_and_is_not_taken_again(library: Library) -> None:
    upload = library.queue.enqueue("ann", "a", b"x")
    library.queue.claim("w")
    library.queue.fail(upload.id, "a.pdf is protected by a password.")
    (failed,) = library.queue.jobs("ann")
    assert (failed.status, failed.message) == ("failed", "a.pdf is protected by a password.")
    assert library.queue.claim("w") is None


def test_a_worker_that_was_given_up_cannot_undo_what_is_done(library: Library) -> None:
    upload, record = library.queue.enqueue("ann", "a", b"x"), add(library, "text")
    library.queue.fail(upload.id, "late")
    library.queue.finish(upload.id, record.id)
    library.queue.fail(upload.id, "later still")
    assert [(found.status, found.message) for found in library.queue.jobs("ann")] == [("done", "")]


def test_the_bytes_of_an_ended_upload_are_gone(library: Library, library_file: Path) -> None:
    upload = library.queue.enqueue("ann", "a", b"qvzxunusual content")
    record = add(library, "text")
    library.queue.finish(upload.id, record.id)
    library.delete("ann", record.id)
    assert traces(library_file, "qvzxunusual") == []
    assert library.queue.jobs("ann") == ()


def test_workers_are_alive_while_they_were_heard(library: Library, clock: Clock) -> None:
    assert not library.queue.workers_alive(30)
    library.queue.beat("w")
    assert library.queue.workers_alive(30)
    clock.now += timedelta(seconds=31)
    assert not library.queue.workers_alive(30)


def test_an_unknown_upload_or_document_is_not_found(library: Library) -> None:
    upload = library.queue.enqueue("ann", "a", b"x")
    with pytest.raises(NotFound):
        library.queue.finish("000000000000", "x")
    with pytest.raises(NotFound):
        library.queue.fail("000000000000", "x")
    with pytest.raises(NotFound):
        library.queue.finish(upload.id, "000000000000")


def claimed(library: Library, worker: str, *gone: str) -> JobRecord:
    taken = library.queue.claim(worker, gone)
    assert taken is not None
    return taken[0]


def test_a_stopped_upload_is_nobodys_until_it_goes_on(library: Library) -> None:
    upload = library.queue.enqueue("ann", "a", b"x")
    first = claimed(library, "w")
    assert library.queue.holds(first)
    library.queue.stop("ann", upload.id)
    assert not library.queue.holds(first)
    assert library.queue.claim("w") is None
    assert library.queue.resume("ann", upload.id)
    second = library.queue.claim("v")
    assert second is not None
    assert second[1] == b"x"
    assert not library.queue.resume("ann", upload.id)  # a second click
    assert library.queue.holds(second[0])
    assert not library.queue.holds(first)


def test_what_is_over_cannot_be_stopped_and_others_uploads_neither(library: Library) -> None:
    upload, record = library.queue.enqueue("ann", "a", b"x"), add(library, "text")
    for change in (library.queue.stop, library.queue.resume):
        with pytest.raises(NotFound):
            change("bob", upload.id)
    assert library.queue.finish(upload.id, record.id)
    library.queue.stop("ann", upload.id)
    assert library.queue.jobs("ann")[0].status == "done"


def test_a_worker_that_lost_its_job_can_change_nothing(library: Library) -> None:
    upload, record = library.queue.enqueue("ann", "a", b"x"), add(library, "text")
    zombie = claimed(library, "zombie")
    successor = claimed(library, "successor", "zombie")
    library.queue.fail(upload.id, "woken too late", "", zombie)
    library.queue.got_on(zombie, '["wrong"]')
    library.queue.give_back(zombie)
    assert not library.queue.finish(upload.id, record.id, '["wrong"]', zombie)
    assert library.queue.job(upload.id) == successor
    assert library.queue.results([upload.id]) == {}
    library.queue.fail(upload.id, "not a document", "UnreadableFile", successor)
    (failed,) = library.queue.jobs("ann")
    assert (failed.message, failed.fault) == ("not a document", "UnreadableFile")


def test_a_worker_that_takes_a_job_twice_holds_it_by_the_second_time_only(library: Library) -> None:
    library.queue.enqueue("ann", "a", b"x")
    first, second = claimed(library, "w"), claimed(library, "w")
    assert not library.queue.holds(first)
    assert library.queue.holds(second)


def test_tries_count_what_was_begun_without_getting_on(library: Library) -> None:
    library.queue.enqueue("ann", "a", b"x")
    assert [claimed(library, "w").tries for _ in range(3)] == [1, 2, 3]
    library.queue.got_on(claimed(library, "w"))
    held = claimed(library, "w")
    assert held.tries == 2
    library.queue.give_back(held)
    assert claimed(library, "v").tries == 2


def test_what_was_found_so_far_outlives_its_worker(library: Library) -> None:
    library.queue.enqueue("ann", "a", b"x")
    held = claimed(library, "w")
    library.queue.got_on(held, '["first"]')
    assert library.queue.results([held.id]) == {held.id: '["first"]'}
    assert claimed(library, "v", "w").tries == 2


def test_what_a_person_waits_for_comes_before_a_batch(library: Library) -> None:
    for number in range(3):
        library.queue.hand_in(NewJob("ann", str(number), b"x", priority=BATCH))
    person = library.queue.enqueue("ann", "upload", b"x")
    assert library.queue.somebody_waits(BATCH)
    assert not library.queue.somebody_waits(PERSON)
    assert claimed(library, "w").id == person.id
    assert not library.queue.somebody_waits(BATCH)
    assert library.queue.somebody_waits()


def test_owners_take_turns_however_much_one_of_them_hands_in(library: Library) -> None:
    for number in range(6):
        library.queue.enqueue("ann", str(number), b"x")
    for owner in ("bob", "cid"):
        for number in range(2):
            library.queue.enqueue(owner, str(number), b"x")
    # One worker, which ends each job before it takes the next.
    served = []
    for _ in range(6):
        held = claimed(library, "w")
        served.append(held.owner)
        library.queue.fail(held.id, "unreadable", "", held)
    assert served == ["ann", "bob", "cid", "ann", "bob", "cid"]
    # Several workers at once: nobody has two at work while another waits.
    library.queue.enqueue("dot", "late", b"x")
    assert {claimed(library, f"w{number}").owner for number in range(2)} == {"ann", "dot"}


def test_a_job_that_failed_is_tried_again_where_its_bytes_were_kept(library: Library) -> None:
    kept, dropped = (library.queue.enqueue("ann", name, b"x") for name in ("kept", "dropped"))
    library.queue.fail(kept.id, "it died", "Died", keep=True)
    library.queue.fail(dropped.id, "no document", "UnreadableFile")
    assert library.queue.resume("ann", kept.id)
    assert not library.queue.resume("ann", dropped.id)
    held = claimed(library, "w")
    assert (held.id, held.message, held.tries) == (kept.id, "", 1)


def test_a_mark_from_after_a_clock_was_set_back_is_no_life(library: Library, clock: Clock) -> None:
    library.queue.beat("w")
    clock.now -= timedelta(hours=3)
    assert not library.queue.workers_alive(30)
    library.queue.beat("w")
    assert library.queue.workers_alive(30)


def test_a_batch_is_known_by_its_mark_and_its_owner(library: Library) -> None:
    ours = library.queue.open_batch("ann", "ask", "mark", "out.jsonl", '{"questions": []}')
    assert library.queue.open_batch("ann", "ask", "mark", "out.jsonl", "{}") == ours
    assert library.queue.open_batch("bob", "ask", "mark", "out.jsonl", "{}").id != ours.id
    assert library.queue.task(ours.id) == '{"questions": []}'
    assert library.queue.batch("ann", ours.id[:6]) == ours
    with pytest.raises(NotFound):
        library.queue.batch("bob", ours.id)
    for item in ("b", "a"):
        new = NewJob("ann", item, b"x", "ask", batch_id=ours.id, item=item, priority=BATCH)
        library.queue.hand_in(new)
    held = claimed(library, "w")
    assert library.queue.counts(ours.id) == {"running": 1, "waiting": 1}
    assert [each.item for each in library.queue.jobs_of(ours.id)] == ["b", "a"]
    library.queue.fail(held.id, "broken", "Unexpected", held)
    library.queue.hand_in_again(held.id, replace(new, item="b", content=b"mended"))
    again = library.queue.claim("w")
    assert again is not None
    assert (again[0].id, again[0].message, again[1]) == (held.id, "", b"mended")
    assert library.queue.jobs("ann") == ()


def test_rows_long_out_of_use_are_cleared(library: Library, clock: Clock) -> None:
    done, failed = (library.queue.enqueue("ann", name, b"x") for name in ("done", "failed"))
    library.queue.finish(done.id, add(library, "text").id)
    library.queue.fail(failed.id, "broken")
    waiting = library.queue.enqueue("ann", "waiting", b"x")
    library.queue.stop("ann", waiting.id)
    library.queue.beat("old worker")
    clock.now += timedelta(days=2)
    library.queue.claim("new worker")
    assert [upload.id for upload in library.queue.jobs("ann")] == [waiting.id, failed.id]
    clock.now += timedelta(days=40)
    library.queue.claim("new worker")
    assert [upload.id for upload in library.queue.jobs("ann")] == [waiting.id]
    with library._database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM worker").scalar() == 1


def test_an_upload_knows_its_content_by_hash(library: Library) -> None:
    upload = library.queue.enqueue("ann", "a", b"x", keep_both=True)
    assert (upload.content_hash, upload.keep_both) == (checksum(b"x"), True)


def test_a_large_file_that_waits_is_no_longer_in_memory(library: Library) -> None:
    library.queue.enqueue("ann", "small.txt", b"x")
    content = b"x" * 64_000_000
    before = psutil.Process().memory_info().rss
    library.queue.enqueue("ann", "large.txt", content)
    more = psutil.Process().memory_info().rss - before
    assert more < len(content) / 2
    assert library.queue.claim("worker") is not None
