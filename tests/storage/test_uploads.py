"""Uploads of the web page and the workers that take them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from storage.checksums import checksum
from storage.errors import NotFound
from storage.library import Library
from tests.storage.making import Clock, add
from tests.storage.soundness import traces

pytestmark = pytest.mark.each_backend


def test_an_upload_waits_is_read_and_done(library: Library) -> None:
    waiting = library.enqueue("ann", "a.pdf", b"bytes \x00")
    assert (waiting.status, waiting.message, waiting.document_id) == ("waiting", "", None)
    claimed = library.claim("worker", 60)
    assert claimed is not None
    assert (claimed[0].id, claimed[0].status, claimed[1]) == (waiting.id, "reading", b"bytes \x00")
    record = add(library, "text")
    library.finish_upload(waiting.id, record.id)
    (done,) = library.uploads("ann")
    assert (done.status, done.document_id, done.created_at) == (
        "done",
        record.id,
        waiting.created_at,
    )
    assert library.claim("worker", 60) is None


def test_the_oldest_upload_is_taken_first_and_the_newest_listed_first(library: Library) -> None:
    first, second = (library.enqueue("ann", name, b"x") for name in ("1", "2"))
    claimed = library.claim("w", 60)
    assert claimed is not None
    assert claimed[0].id == first.id
    assert [upload.id for upload in library.uploads("ann")] == [second.id, first.id]


def test_two_owners_never_see_each_others_uploads(library: Library) -> None:
    library.enqueue("ann", "private.pdf", b"x")
    assert library.uploads("bob") == ()


def test_an_upload_of_a_silent_worker_is_taken_over(library: Library, clock: Clock) -> None:
    upload = library.enqueue("ann", "a", b"x")
    assert library.claim("first", 60) is not None
    clock.now += timedelta(seconds=50)
    library.beat("first")
    clock.now += timedelta(seconds=50)
    assert library.claim("second", 60) is None
    clock.now += timedelta(seconds=20)
    taken = library.claim("second", 60)
    assert taken is not None
    assert taken[0].id == upload.id
    assert library.claim("third", 60) is None


def test_a_worker_gets_back_what_it_never_ended(library: Library) -> None:
    upload = library.enqueue("ann", "a", b"x")
    for _ in range(2):
        claimed = library.claim("restarted", 60)
        assert claimed is not None
        assert claimed[0].id == upload.id


def test_a_failed_upload_says_why_and_is_not_taken_again(library: Library) -> None:
    upload = library.enqueue("ann", "a", b"x")
    library.claim("w", 60)
    library.fail_upload(upload.id, "a.pdf is protected by a password.")
    (failed,) = library.uploads("ann")
    assert (failed.status, failed.message) == ("failed", "a.pdf is protected by a password.")
    assert library.claim("w", 0) is None


def test_a_worker_that_was_given_up_cannot_undo_what_is_done(library: Library) -> None:
    upload, record = library.enqueue("ann", "a", b"x"), add(library, "text")
    library.fail_upload(upload.id, "late")
    library.finish_upload(upload.id, record.id)
    library.fail_upload(upload.id, "later still")
    assert [(found.status, found.message) for found in library.uploads("ann")] == [("done", "")]


def test_the_bytes_of_an_ended_upload_are_gone(library: Library, library_file: Path) -> None:
    upload = library.enqueue("ann", "a", b"qvzxunusual content")
    record = add(library, "text")
    library.finish_upload(upload.id, record.id)
    library.delete("ann", record.id)
    assert traces(library_file, "qvzxunusual") == []
    assert library.uploads("ann") == ()


def test_workers_are_alive_while_they_were_heard(library: Library, clock: Clock) -> None:
    assert not library.workers_alive(30)
    library.beat("w")
    assert library.workers_alive(30)
    clock.now += timedelta(seconds=31)
    assert not library.workers_alive(30)


def test_an_unknown_upload_or_document_is_not_found(library: Library) -> None:
    upload = library.enqueue("ann", "a", b"x")
    with pytest.raises(NotFound):
        library.finish_upload("000000000000", "x")
    with pytest.raises(NotFound):
        library.fail_upload("000000000000", "x")
    with pytest.raises(NotFound):
        library.finish_upload(upload.id, "000000000000")


def test_a_stopped_upload_is_nobodys_until_it_goes_on(library: Library) -> None:
    upload = library.enqueue("ann", "a", b"x")
    library.claim("w", 60)
    assert library.holds_upload("w", upload.id)
    library.stop_upload("ann", upload.id)
    assert not library.holds_upload("w", upload.id)
    assert library.claim("w", 60) is None
    library.resume_upload("ann", upload.id)
    claimed = library.claim("v", 60)
    assert claimed is not None
    assert claimed[1] == b"x"
    library.resume_upload("ann", upload.id)  # a second click
    assert library.holds_upload("v", upload.id)
    assert not library.holds_upload("w", upload.id)


def test_what_is_over_cannot_be_stopped_and_others_uploads_neither(library: Library) -> None:
    upload, record = library.enqueue("ann", "a", b"x"), add(library, "text")
    for change in (library.stop_upload, library.resume_upload):
        with pytest.raises(NotFound):
            change("bob", upload.id)
    library.finish_upload(upload.id, record.id)
    library.stop_upload("ann", upload.id)
    assert library.uploads("ann")[0].status == "done"


def test_a_worker_that_lost_its_upload_cannot_fail_it(library: Library, clock: Clock) -> None:
    upload = library.enqueue("ann", "a", b"x")
    library.claim("zombie", 60)
    clock.now += timedelta(seconds=70)
    library.claim("successor", 60)
    library.fail_upload(upload.id, "woken too late", "zombie")
    assert library.uploads("ann")[0].status == "reading"
    assert library.holds_upload("successor", upload.id)
    library.fail_upload(upload.id, "not a document", "successor")
    assert library.uploads("ann")[0].message == "not a document"


def test_rows_long_out_of_use_are_cleared(library: Library, clock: Clock) -> None:
    done, failed = (library.enqueue("ann", name, b"x") for name in ("done", "failed"))
    library.finish_upload(done.id, add(library, "text").id)
    library.fail_upload(failed.id, "broken")
    waiting = library.enqueue("ann", "waiting", b"x")
    library.stop_upload("ann", waiting.id)
    library.beat("old worker")
    clock.now += timedelta(days=2)
    library.claim("new worker", 60)
    assert [upload.id for upload in library.uploads("ann")] == [waiting.id, failed.id]
    clock.now += timedelta(days=40)
    library.claim("new worker", 60)
    assert [upload.id for upload in library.uploads("ann")] == [waiting.id]
    with library._database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM worker").scalar() == 1


def test_an_upload_knows_its_content_by_hash(library: Library) -> None:
    upload = library.enqueue("ann", "a", b"x", keep_both=True)
    assert (upload.content_hash, upload.keep_both) == (checksum(b"x"), True)
