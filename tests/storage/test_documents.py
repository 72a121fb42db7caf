"""Documents: what goes in comes out, to its owner and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from storage.errors import NotFound
from storage.library import Library, open_library
from storage.records import NewPassage
from tests.backends import Backend
from tests.storage.making import (
    Clock,
    add,
    checkpoint,
    holding,
    new_document,
    new_passages,
    snapshot,
)
from tests.storage.soundness import complaints

pytestmark = pytest.mark.each_backend

ODD = (
    "",
    "\x00 NUL",
    "\x100 \x10\x10 \x10",
    "e\u0301 \u00e9",
    "\U0001f600\u200d",
    "\ufeff",
    "漢字かな",
    "\r\n\t",
    "\u2028 ",
)


@pytest.fixture(scope="module")
def shared(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("shared")
    with open_library(backend.url(folder), Clock()) as opened:
        yield opened
    backend.forget(folder)


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.text(min_size=1) | st.sampled_from(ODD), max_size=6), title=st.text())
def test_a_document_comes_back_as_it_was_given(
    shared: Library, parts: list[str], title: str
) -> None:
    new, passages = new_document(parts, title=title), new_passages(parts)
    record, _ = shared.add(new, passages)
    stored = shared.passages(record.id)
    assert shared.text(record.id) == new.text
    assert [_without_identity(part, passages) for part in stored] == list(passages)
    assert [part.index for part in stored] == list(range(len(parts)))
    assert shared.original(record.id) == new.content
    shared.delete("ann", record.id)


def _without_identity(stored: object, passages: tuple[NewPassage, ...]) -> NewPassage:
    return NewPassage(*(getattr(stored, name) for name in NewPassage.__slots__))


def test_every_field_of_a_document_comes_back(library: Library) -> None:
    new = replace(
        new_document(["First page. ", "Second: naïve. "], title="Annual Report"),
        page_starts=(0, 12),
        outline=((1, "One", 0), (2, "Two \u00e9", 12)),
        pages_without_text=(3, 7),
    )
    record, already_known = library.add(new, new_passages(["First page. ", "Second: naïve. "]))
    assert not already_known
    for name in ("owner", "title", "file_name", "content_hash", "media_type"):
        assert getattr(record, name) == getattr(new, name)
    assert (record.characters, record.pages, record.passages) == (27, 2, 2)
    assert (record.tokens, record.sections, record.original_bytes) == (20, 2, 28)
    assert record.pages_without_text == (3, 7)
    assert (record.tokens_read, record.read, record.finished, record.snapshots) == (0, 0, False, 0)
    assert record.added_at.utcoffset() == timedelta(0)
    assert library.page_starts(record.id) == (0, 12)
    assert library.outline(record.id) == ((1, "One", 0), (2, "Two \u00e9", 12))
    assert library.find("ann", record.id) == record
    assert library.list("ann") == (record,)
    assert library.by_content("ann", new.content_hash) == record


def test_lone_surrogates_are_replaced_one_for_one(library: Library) -> None:
    record = add(library, "bad \ud800 half", title="na\udcffme")
    assert library.text(record.id) == "bad \ufffd half"
    assert library.find("ann", "na\udcffme").title == "na\ufffdme"


def test_passages_can_be_asked_for_by_range(library: Library) -> None:
    record = add(library, "a", "b", "c", "d")
    assert [part.text for part in library.passages(record.id, 1, 3)] == ["b", "c"]
    assert [part.text for part in library.passages(record.id, 2)] == ["c", "d"]
    assert library.passages(record.id, 2, 2) == ()


def test_a_document_of_no_text_has_nothing_left_to_read(library: Library) -> None:
    new = new_document([], content=b"%PDF scanned")
    record, _ = library.add(new, ())
    assert (library.text(record.id), library.passages(record.id)) == ("", ())
    assert (record.read, record.tokens) == (1.0, 0)
    library.readings.finish(record.id, "nothing")
    assert library.find("ann", record.id).finished


def test_the_same_bytes_again_are_already_known(library: Library) -> None:
    first = add(library, "one text")
    again, already_known = library.add(
        new_document(["one text"], title="Other title"), new_passages(["one text"])
    )
    assert already_known
    assert again == first
    assert len(library.list("ann")) == 1


@pytest.mark.parametrize(
    ("parts", "change"),
    [
        pytest.param(["one"], {"content_hash": "0" * 64}, id="foreign hash"),
        pytest.param(["one"], {"text": "two"}, id="other text"),
        pytest.param(["one"], {"text": "one more"}, id="text left out"),
    ],
)
def test_a_document_that_contradicts_itself_is_a_programming_mistake(
    library: Library, parts: list[str], change: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"SHA-256|joined"):
        library.add(replace(new_document(parts), **change), new_passages(parts))  # type: ignore[arg-type]
    assert library.list("ann") == ()


def test_a_passage_at_the_wrong_offset_is_a_programming_mistake(library: Library) -> None:
    passages = (replace(new_passages(["one"])[0], start=5),)
    with pytest.raises(ValueError, match="joined"):
        library.add(new_document(["one"]), passages)


def test_documents_are_listed_newest_first_in_one_statement(library: Library) -> None:
    ids = [add(library, f"text {number}").id for number in range(30)]
    statements: list[str] = []
    event.listen(
        library._database.engine,
        "before_cursor_execute",
        lambda _c, _k, statement, _p, _x, _m: statements.append(statement),
    )
    assert [record.id for record in library.list("ann")] == ids[::-1]
    assert len([statement for statement in statements if "SELECT" in statement]) == 1


def test_stored_bytes_count_text_and_states_and_leave_the_original_out(library: Library) -> None:
    record = add(library, "x" * 1000)
    assert 1000 < record.stored_bytes < 2000
    library.readings.save(
        record.id, checkpoint(5, payload=b"c" * 300), snapshot(0, payload=b"s" * 70), 1.0
    )
    after = library.find("ann", record.id)
    assert after.stored_bytes == record.stored_bytes + 370
    assert after.original_bytes == 1000


def test_two_owners_never_see_each_others_documents(library: Library) -> None:
    text = "secret of ann"
    anns = add(library, text, title="Ours")
    assert library.list("bob") == ()
    assert library.by_content("bob", anns.content_hash) is None
    for key in (anns.id, anns.id[:6], "Ours", "ours"):
        with pytest.raises(NotFound):
            library.find("bob", key)
    with pytest.raises(NotFound):
        library.delete("bob", anns.id)
    bobs, already_known = library.add(
        new_document([text], owner="bob", title="Ours"), new_passages([text])
    )
    assert not already_known
    assert bobs.id != anns.id
    assert library.find("ann", "Ours") == anns
    assert library.find("bob", "Ours") == bobs
    assert (library.list("ann"), library.list("bob")) == ((anns,), (bobs,))
    assert holding(library, bobs.id, "secret", "bob") == [0]


def test_an_original_is_kept_until_its_last_owner_is_gone(library: Library, url: str) -> None:
    anns, bobs = (add(library, "shared bytes", owner=owner) for owner in ("ann", "bob"))
    library.delete("ann", anns.id)
    assert library.original(bobs.id) == b"shared bytes"
    library.delete("bob", bobs.id)
    assert complaints(url) == []


def test_every_method_says_when_a_document_is_gone(library: Library) -> None:
    record = add(library, "short-lived")
    library.delete("ann", record.id)
    for call in (
        lambda: library.delete("ann", record.id),
        lambda: library.text(record.id),
        lambda: library.original(record.id),
        lambda: library.page_starts(record.id),
        lambda: library.outline(record.id),
        lambda: library.passages(record.id),
        lambda: library.scope("ann", [record.id]),
        lambda: library.readings.save(record.id, checkpoint(1), None, 0.0),
        lambda: library.readings.finish(record.id, "x"),
        lambda: library.readings.forget(record.id),
        lambda: library.readings.checkpoint(record.id, "w", "t"),
        lambda: library.readings.snapshot_before(record.id, 1, "w", "t"),
        lambda: library.find("ann", record.id),
    ):
        with pytest.raises(NotFound, match=record.id):
            call()
