"""Names, tags, readers and documents put away: what one owner does and another may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from storage.errors import NotFound
from storage.library import Library
from storage.records import EVERYBODY, DocumentRecord
from storage.shelf import Wanted
from tests.storage.making import (
    TOKENIZER,
    WEIGHTS,
    Clock,
    add,
    checkpoint,
    new_document,
    new_passages,
)

pytestmark = pytest.mark.each_backend

LATER = timedelta(hours=1)


def titles(library: Library, reader: str, wanted: Wanted = Wanted()) -> list[str]:  # noqa: B008
    found, total = library.shelf.some(reader, wanted, 0, 100)
    assert total == len(found)
    return [each.title for each in found]


def test_a_new_name_is_found_and_the_old_one_is_not(library: Library) -> None:
    record = add(library, "text", title="Scan 0042")
    renamed = library.shelf.rename("ann", record.id, "  The   Long Report ")
    assert (renamed.title, renamed.renamed) == ("The Long Report", True)
    assert library.find("ann", "the long report") == renamed
    with pytest.raises(NotFound):
        library.find("ann", "Scan 0042")
    assert library.care.document_damage("ann", None) == ()


def test_tags_are_kept_once_each_and_choose_to_the_letter(library: Library) -> None:
    record = add(library, "one", title="One")
    add(library, "two", title="Two")
    tagged = library.shelf.tag("ann", record.id, ["Law", " law ", "to  do", ""])
    assert tagged.tags == ("law", "to do")
    assert library.shelf.tags("ann") == ("law", "to do")
    assert titles(library, "ann", Wanted(tag="law")) == ["One"]
    assert (
        titles(library, "ann", Wanted(tag="LAW")) == titles(library, "ann", Wanted(tag="la")) == []
    )
    assert library.care.document_damage("ann", None) == ()


def test_the_shelf_is_searched_ordered_and_given_in_parts(library: Library) -> None:
    for title, text in (("Bees 100%", "x"), ("apes", "xxx"), ("Cats and bees", "xx")):
        add(library, text + title, title=title)
    assert titles(library, "ann") == ["Cats and bees", "apes", "Bees 100%"]
    assert titles(library, "ann", Wanted(order="title")) == ["apes", "Bees 100%", "Cats and bees"]
    assert titles(library, "ann", Wanted(("BEES", "cat"))) == ["Cats and bees"]
    assert titles(library, "ann", Wanted(("%",))) == ["Bees 100%"]
    (middle,), total = library.shelf.some("ann", Wanted(order="title"), 1, 1)
    assert (middle.title, total) == ("Bees 100%", 3)


def test_a_shared_document_is_read_by_those_named_and_by_nobody_else(library: Library) -> None:
    record = add(library, "a secret of ann", title="Secret")
    library.readings.save(record.id, checkpoint(10), None, 1.0)
    shared = library.shelf.share("ann", record.id, ["bob"])
    assert titles(library, "bob") == ["Secret"]
    assert library.find("bob", "Secret") == shared
    assert library.some("bob", [record.id]) == (shared,)
    assert library.scope("bob").documents == library.scope("ann").documents
    first = int(library.scope("bob").first[0])
    assert library.passages_numbered("bob", [first]) == library.passages_numbered("ann", [first])
    for stranger in ("Bob", "bo", "carl", "*", ""):
        _sees_nothing(library, stranger, shared, first)
    library.shelf.share("ann", record.id, [])
    _sees_nothing(library, "bob", shared, first)
    assert library.care.document_damage("ann", None) == ()


def _sees_nothing(library: Library, stranger: str, record: DocumentRecord, first: int) -> None:
    assert titles(library, stranger) == []
    assert library.list(stranger) == library.some(stranger, [record.id]) == ()
    assert library.shelf.tags(stranger) == ()
    assert library.scope(stranger).documents == ()
    assert library.passages_numbered(stranger, [first]) == ()
    assert library.embedding_runs(stranger, WEIGHTS) == ()
    for key in (record.id, record.id[:6], record.title):
        with pytest.raises(NotFound):
            library.find(stranger, key)
    with pytest.raises(NotFound):
        library.scope(stranger, [record.id])


def test_what_is_shared_with_everybody_is_read_by_all(library: Library) -> None:
    record = add(library, "news", title="News")
    library.shelf.share("ann", record.id, [EVERYBODY])
    assert titles(library, "bob") == titles(library, "carl") == ["News"]


CHANGES: dict[str, Callable[[Library, str], object]] = {
    "rename": lambda library, name: library.shelf.rename("bob", name, "Bob's"),
    "tag": lambda library, name: library.shelf.tag("bob", name, ["bob"]),
    "share": lambda library, name: library.shelf.share("bob", name, ["carl"]),
    "put_away": lambda library, name: library.shelf.put_away("bob", name),
    "take_back": lambda library, name: library.shelf.take_back("bob", name),
    "delete": lambda library, name: library.delete("bob", name),
}


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_changes_a_document_that_is_only_shared_with_them(
    library: Library, change: str
) -> None:
    record = add(library, "text")
    shared = library.shelf.share("ann", record.id, ["bob"])
    with pytest.raises(NotFound):
        CHANGES[change](library, record.id)
    assert library.find("ann", record.id) == shared


def test_what_is_put_away_is_found_nowhere_and_can_be_taken_back(library: Library) -> None:
    record = add(library, "a word", title="Gone")
    library.shelf.share("ann", record.id, ["bob"])
    first = int(library.scope("ann").first[0])
    library.shelf.put_away("ann", record.id)
    for reader in ("ann", "bob"):
        _sees_nothing(library, reader, record, first)
    assert [each.id for each in library.shelf.away("ann")] == [record.id]
    assert library.shelf.away("bob") == ()
    assert library.shelf.sweep(LATER) == 0, "it was put away a moment ago"
    library.shelf.take_back("ann", record.id)
    assert titles(library, "ann") == titles(library, "bob") == ["Gone"]
    assert library.shelf.away("ann") == ()
    assert library.shelf.sweep(timedelta()) == 0


def test_a_sweep_deletes_what_was_put_away_long_enough_ago(library: Library, clock: Clock) -> None:
    old, new = add(library, "old one"), add(library, "new one", owner="bob")
    library.shelf.put_away("ann", old.id)
    clock.now += LATER
    library.shelf.put_away("bob", new.id)
    assert library.shelf.sweep(LATER) == 1
    assert library.shelf.away("ann") == ()
    assert [each.id for each in library.shelf.away("bob")] == [new.id]
    with pytest.raises(NotFound):
        library.shelf.take_back("ann", old.id)


def test_a_file_handed_in_again_comes_back_from_where_it_was_put_away(library: Library) -> None:
    record = add(library, "text")
    library.shelf.put_away("ann", record.id)
    again, known = library.add(new_document(["text"]), new_passages(["text"]))
    assert (again.id, known) == (record.id, True)
    assert len(library.list("ann")) == 1


def test_a_new_version_keeps_what_the_owner_made_of_the_document(library: Library) -> None:
    old = add(library, "first text", title="Scan")
    library.shelf.rename("ann", old.id, "My report")
    library.shelf.tag("ann", old.id, ["law"])
    library.shelf.share("ann", old.id, ["bob"])
    parts = ["second text"]
    new, _ = library.add(new_document(parts, title="Scan 2"), new_passages(parts), old.id)
    assert titles(library, "bob") == ["My report"]
    library.readings.save(new.id, checkpoint(10), None, 1.0)
    library.readings.finish(new.id, "0" * 64)
    ((now,), _) = library.shelf.some("bob", Wanted(), 0, 9)
    assert (now.title, now.tags, now.readers, now.version) == ("My report", ("law",), ("bob",), 2)
    assert library.text(now.id) == "second text"
    assert library.care.document_damage("ann", None) == ()
    assert now.tokenizer_fingerprint == TOKENIZER


def test_damage_to_what_the_owner_made_of_a_document_is_found_and_mended(library: Library) -> None:
    record = add(library, "text")
    library.shelf.share("ann", record.id, ["bob"])
    library.shelf.tag("ann", record.id, ["law"])
    with library._database.writing() as connection:
        connection.exec_driver_sql("UPDATE document SET readers = '\ncarl\n', tags = 'x'")
    (damage,) = library.care.document_damage("ann", None)
    assert damage.place == "readers, tags"
    library.care.mend_rows("ann")
    mended = library.find("ann", record.id)
    assert (mended.readers, mended.tags) == (("bob",), ("law",))
