"""Words to passages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.library import Library, open_library
from tests.backends import Backend
from tests.storage.making import Clock, add

pytestmark = pytest.mark.each_backend

PARTS = (
    "The harbour was closed for repairs. ",
    "Ships waited outside the harbour, and more ships came. ",
    "A café in the old town sold naïve paintings. ",
    "Nothing else was running on that day. ",
)


@pytest.fixture(scope="module")
def one(
    backend: Backend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Library, str]]:
    folder = tmp_path_factory.mktemp("fulltext")
    with open_library(backend.url(folder), Clock()) as library:
        yield library, add(library, *PARTS).id
    backend.forget(folder)


def found(library: Library, document_id: str, question: str) -> list[int]:
    return [hit.passage_index for hit in library.search(document_id, question, 10)]


@pytest.mark.parametrize(
    ("question", "passages"),
    [
        pytest.param("repairs", [0], id="one word"),
        pytest.param("repaired", [0], id="another ending"),
        pytest.param("CAFE", [2], id="case and accents"),
        pytest.param("cafe\u0301", [2], id="a combining accent"),
        pytest.param("runs?", [3], id="punctuation"),
        pytest.param("zeppelin", [], id="no such word"),
        pytest.param("ship/harbour", [1, 0], id="words joined by a stroke, best first"),
        pytest.param("", [], id="nothing"),
        pytest.param("?! --", [], id="no word"),
    ],
)
def test_a_question_finds_the_passages_that_share_its_words(
    one: tuple[Library, str], question: str, passages: list[int]
) -> None:
    assert found(*one, question) == passages


@settings(max_examples=150, deadline=None)
@given(question=st.text() | st.text(alphabet='"*^():{}+-. \x00ANDORTNEaé\u0301'))
def test_any_text_is_a_legal_question(one: tuple[Library, str], question: str) -> None:
    library, document_id = one
    library.search(document_id, question, 5)
    library.term_counts(document_id, [question])


@pytest.mark.parametrize("question", ["\udcff harbour \ud800", "harbour " * 20_000, "NOT harbour"])
def test_an_odd_question_still_finds_its_word(one: tuple[Library, str], question: str) -> None:
    assert set(found(*one, question)) == {0, 1}


def test_a_question_of_a_whole_book_is_answered(one: tuple[Library, str]) -> None:
    assert 0 in found(*one, "harbour " + " ".join(f"word{number}" for number in range(20_000)))


def test_better_passages_come_first_with_higher_scores(one: tuple[Library, str]) -> None:
    library, document_id = one
    hits = library.search(document_id, "ships near the town", 10)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len(library.search(document_id, "the a on was", 2)) == 2
    assert library.search(document_id, "the", 0) == ()


def test_only_the_passages_of_the_document_are_found(library: Library) -> None:
    first, second = add(library, "red apple ", "green pear"), add(library, "red pear ", "blue plum")
    assert found(library, first.id, "pear") == [1]
    assert found(library, second.id, "pear") == [0]
    assert found(library, first.id, "plum") == []
    library.delete("ann", first.id)
    third = add(library, "pear ", "pear tree ", "fig")
    assert found(library, second.id, "pear") == [0]
    assert sorted(found(library, third.id, "pear")) == [0, 1]


def test_terms_are_counted_by_passage(one: tuple[Library, str]) -> None:
    library, document_id = one
    counts = library.term_counts(
        document_id, ["harbour", "Harbours", "the", "old town", "zeppelin", "!", ""]
    )
    assert counts == {
        "harbour": 2,
        "Harbours": 2,
        "the": 3,
        "old town": 1,
        "zeppelin": 0,
        "!": 0,
        "": 0,
    }
