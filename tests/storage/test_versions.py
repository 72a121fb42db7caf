"""A new version of a document: beside the old one until it has been read, then in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.errors import AmbiguousName, NotFound
from storage.library import Library
from storage.records import DocumentRecord
from storage.schema import metadata, seal
from storage.versions import OF_THE_PERSON, OF_THE_TEXT
from tests.storage.making import (
    TOKENIZER,
    WEIGHTS,
    add,
    checkpoint,
    holding,
    new_document,
    new_passages,
    snapshot,
)
from tests.storage.soundness import complaints


def add_version(library: Library, old: DocumentRecord, *parts: str) -> DocumentRecord:
    new = new_document(parts, title=old.title)
    return library.add(new, new_passages(parts), old.id)[0]


def read(library: Library, record: DocumentRecord, first: int = 10) -> str:
    """Save a reading group by group, each of one passage, and finish it."""
    for tokens in range(first, record.tokens + 1, 10):
        library.readings.save(
            record.id,
            checkpoint(tokens),
            snapshot(tokens - 10),
            1.0,
            began=tokens - 10,
            anchored=tokens < record.tokens,
        )
    return library.readings.finish(record.id, f"final {record.tokens}")


def test_a_version_that_was_read_takes_the_place_and_the_id_of_the_old_one(
    library: Library, tmp_path: Path
) -> None:
    old = add(library, "one ", "two ")
    upload = library.queue.enqueue("ann", old.file_name, b"x")
    library.queue.finish(upload.id, old.id)
    read(library, old)
    new = add_version(library, old, "one ", "two ", "three ")
    assert library.list("ann") == (library.find("ann", old.id),)
    assert library.unread_versions("ann") == (new,)
    assert library.find("ann", old.title).id == old.id
    assert read(library, new) == old.id
    after = library.find("ann", old.title)
    assert (after.id, after.version, after.replaces, after.tokens) == (old.id, 2, None, 30)
    assert after.state_checksum == "final 30"
    assert library.text(old.id) == "one two three "
    assert library.original(old.id) == b"one two three "
    assert holding(library, old.id, "three") == [2]
    assert holding(library, old.id, "two") == [1]
    assert [found.document_id for found in library.queue.jobs("ann")] == [old.id]
    assert library.unread_versions("ann") == ()
    with pytest.raises(NotFound):
        library.find("ann", new.id)
    assert complaints(tmp_path / "library.db") == []


def test_every_table_of_documents_says_what_becomes_of_its_rows() -> None:
    referring = {
        table
        for table in metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "document" and table.name != "document"
    }
    moved_by_its_number = {seal}
    assert referring == {*OF_THE_TEXT, *OF_THE_PERSON, *moved_by_its_number}


def test_an_original_that_another_owner_has_too_stays(library: Library) -> None:
    old, theirs = add(library, "one"), add(library, "one", owner="bob")
    read(library, add_version(library, old, "two"))
    assert library.original(theirs.id) == b"one"
    assert library.text(theirs.id) == "one"


def test_the_id_of_no_document_or_of_anothers_is_not_replaced(library: Library) -> None:
    theirs = add(library, "one", owner="bob")
    for parts, replaced in (("two",), theirs.id), (("three",), "000000000000"):
        new, _ = library.add(new_document(parts), new_passages(parts), replaced)
        assert new.replaces is None
    assert library.text(theirs.id) == "one"


def test_a_version_of_a_version_is_a_document_of_its_own(library: Library) -> None:
    between = add_version(library, add(library, "one"), "two")
    assert add_version(library, between, "three").replaces is None
    with pytest.raises(AmbiguousName):
        library.find("ann", "A report")


def test_adopted_states_are_those_up_to_the_furthest_boundary(
    library: Library, tmp_path: Path
) -> None:
    parts = [f"part {number} " for number in range(60)]
    old = add(library, *parts)
    read(library, old)
    new = add_version(library, old, *parts[:20], "changed ", *parts[21:])
    marks = (WEIGHTS, TOKENIZER)
    # Of the exact states, those of passage 60 (the end) and 15 were kept: see spacing.
    assert library.readings.adopt(new.id, old.id, "other weights", TOKENIZER, [10, 15]) == 0
    assert library.readings.adopt(new.id, old.id, *marks, [10, 20]) == 0
    assert library.readings.adopt(new.id, old.id, *marks, [10, 15, 20]) == 150
    begun = library.find("ann", new.id)
    assert (begun.tokens_read, begun.reused_tokens, begun.read_seconds) == (150, 150, 0.0)
    assert library.readings.checkpoint(new.id, *marks) == checkpoint(150)
    assert library.readings.snapshot_before(new.id, 999, *marks) == snapshot(150)
    assert begun.snapshots == 16
    assert library.readings.adopt(new.id, old.id, *marks, [15, 60]) == 0  # it has begun
    read(library, new, first=160)
    assert library.find("ann", old.id).reused_tokens == 150
    assert complaints(tmp_path / "library.db") == []


def test_forgetting_a_reading_forgets_what_it_took_over(library: Library) -> None:
    old = add(library, "one ", "two ")
    read(library, old)
    new = add_version(library, old, "one ", "two ", "three ")
    assert library.readings.adopt(new.id, old.id, WEIGHTS, TOKENIZER, [2]) == 20
    library.readings.forget(new.id)
    assert library.find("ann", new.id) == new
    read(library, new)
    assert library.find("ann", old.id).reused_tokens == 0
