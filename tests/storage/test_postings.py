"""Words to passages, over one document, several or all of an owner, and nobody else's."""

from __future__ import annotations

import numpy as np
import pytest

from storage import postings as postings_module
from storage.errors import NotFound
from storage.library import Library
from storage.scopes import Scope
from tests.storage.making import add, new_document, new_passages

pytestmark = pytest.mark.each_backend


def places(scope: Scope, numbers: np.ndarray | None) -> list[tuple[str, int]] | None:
    if numbers is None:
        return None
    at, index = scope.places(numbers)
    return [(scope.documents[a].title, int(i)) for a, i in zip(at, index, strict=True)]


def test_words_are_found_in_the_documents_of_the_scope(library: Library) -> None:
    one = add(library, "red apple ", "green pear ", "red pears", title="one")
    two = add(library, "a pear", title="two")
    add(library, "pear of bob", owner="bob", title="bob's")
    for ids, expected in (
        ([one.id], [("one", 1), ("one", 2)]),
        ([two.id], [("two", 0)]),
        (None, [("one", 1), ("one", 2), ("two", 0)]),
    ):
        scope = library.scope("ann", ids)
        (found,) = library.postings(scope, ["Pear", "zeppelin", "?"])
        assert (found.word, found.count) == ("Pear", len(expected))
        assert places(scope, found.numbers) == expected


def test_the_rarest_word_comes_first(library: Library) -> None:
    add(library, "red apple ", "red pear ", "red plum")
    scope = library.scope("ann")
    assert [(p.word, p.count) for p in library.postings(scope, ["red", "plum"])] == [
        ("plum", 1),
        ("red", 3),
    ]


def test_other_owners_texts_change_no_count(library: Library) -> None:
    add(library, "red apple ", "green pear ", title="one")
    before = [(p.word, p.count) for p in library.postings(library.scope("ann"), ["red", "pear"])]
    add(library, "pear pear ", "pear red", owner="bob")
    add(library, "red plum", title="two")
    after = [(p.word, p.count) for p in library.postings(library.scope("ann"), ["red", "pear"])]
    assert before == [("red", 1), ("pear", 1)]
    assert after == [("pear", 1), ("red", 2)]


def test_a_scattered_scope_is_looked_up_in_one_piece(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings_module, "_MOST_SPANS", 1)
    mine = [add(library, f"pear {n} ", "plum", title=f"mine {n}") for n in range(3)]
    for n in range(3):
        add(library, f"pear of bob {n}", owner="bob")
        mine.append(add(library, f"another pear {n}", title=f"later {n}"))
    scope = library.scope("ann", [record.id for record in mine])
    assert len(scope.spans()) > 1
    (found,) = library.postings(scope, ["pear"])
    assert (found.count, len(found.numbers if found.numbers is not None else ())) == (6, 6)


def test_of_common_words_only_the_count_is_given(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings_module, "MOST_PASSAGES", 4)
    add(library, *[f"red {n % 2 * 'plum'} {n} " for n in range(6)])
    found = library.postings(library.scope("ann"), ["red", "plum"])
    assert [(p.word, p.count, p.numbers is None) for p in found] == [
        ("plum", 3, False),
        ("red", 6, True),
    ]
    (alone,) = library.postings(library.scope("ann"), ["red"])
    assert alone.numbers is not None


def test_a_scope_holds_what_its_owner_has(library: Library) -> None:
    one = add(library, "a ", "b", title="one")
    add(library, title="empty")
    two = add(library, "c", title="two")
    add(library, "d", owner="bob")
    scope = library.scope("ann")
    assert [(d.id, d.title) for d in scope.documents] == [(one.id, "one"), (two.id, "two")]
    assert (scope.size, scope.whole, scope.documents[0].finished) == (3, True, False)
    assert scope.only([True, False]).whole is False
    with pytest.raises(NotFound):
        library.scope("bob", [one.id])
    nobody = library.scope("nobody")
    assert (nobody.documents, library.postings(nobody, ["a"])) == ((), ())


def test_numbers_outside_a_scope_have_no_place(library: Library) -> None:
    one, between = add(library, "a ", "b"), add(library, "c", owner="bob")
    two = add(library, "d")
    scope = library.scope("ann")
    ids = [p.id for r in (one, between, two) for p in library.passages(r.id)]
    at, index = scope.places(np.array([0, *ids, ids[-1] + 1]))
    assert at.tolist() == [-1, 0, 0, -1, 1, -1]
    assert index[at >= 0].tolist() == [0, 1, 0]


def test_passages_are_given_by_number_to_their_owner_only(library: Library) -> None:
    mine, theirs = add(library, "a ", "b"), add(library, "c", owner="bob")
    numbers = [p.id for r in (mine, theirs) for p in library.passages(r.id)]
    found = library.passages_numbered("ann", [*numbers, 10**6])
    assert sorted((document_id, p.text) for document_id, p in found) == [
        (mine.id, "a "),
        (mine.id, "b"),
    ]


def test_a_version_that_is_not_read_yet_is_not_asked_with_all(library: Library) -> None:
    old = add(library, "a pear", title="report")
    new = library.add(new_document(("a plum",)), new_passages(("a plum",)), old.id)[0]
    assert [document.id for document in library.scope("ann").documents] == [old.id]
    assert [document.id for document in library.scope("ann", [new.id]).documents] == [new.id]
