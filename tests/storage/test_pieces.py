"""Pieces of words are found anywhere in the texts of a scope, and in nobody else's."""

from __future__ import annotations

import pytest

from storage.library import Library
from tests.storage.making import add

pytestmark = pytest.mark.each_backend


def test_a_piece_is_found_inside_of_words_in_the_documents_of_the_scope(library: Library) -> None:
    one = add(library, "Der Leuchtturmwärter. ", "Ein Turm. ", title="one")
    two = add(library, "灯塔是一九二三年修建的。", title="two")
    add(library, "Leuchtturm and 灯塔 of bob", owner="bob")
    scope = library.scope("ann")
    pieces = ["turm", "灯塔", "xyz"]
    found = {p.word: p for p in library.postings_of_pieces(scope, pieces, str.casefold)}
    assert set(found) == {"turm", "灯塔"}
    assert (found["turm"].count, found["灯塔"].count) == (2, 1)
    numbers = found["turm"].numbers
    assert numbers is not None
    places, indices = scope.places(numbers)
    titles = [scope.documents[place].id for place in places]
    assert (titles, indices.tolist()) == ([one.id, one.id], [0, 1])
    only = library.scope("ann", [two.id])
    assert [p.word for p in library.postings_of_pieces(only, pieces, str.casefold)] == ["灯塔"]


def test_the_rarest_piece_comes_first_and_an_empty_scope_holds_none(library: Library) -> None:
    add(library, "Mühle. ", "Mühle und Fluss. ", title="one")
    found = library.postings_of_pieces(library.scope("ann"), ["mühl", "flus"], str.casefold)
    assert [(posting.word, posting.count) for posting in found] == [("flus", 1), ("mühl", 2)]
    assert library.postings_of_pieces(library.scope("carl"), ["mühl"], str.casefold) == ()
