"""Words to passages."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import fulltext
from storage.fulltext import sqlite, tokens
from storage.library import Library, open_library
from tests.backends import Backend
from tests.storage.making import Clock, add, holding, open_at

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


@pytest.mark.parametrize(
    ("word", "passages"),
    [
        pytest.param("repairs", [0], id="one word"),
        pytest.param("repaired", [0], id="another ending"),
        pytest.param("CAFE", [2], id="case and accents"),
        pytest.param("cafe\u0301", [2], id="a combining accent"),
        pytest.param("runs?", [3], id="punctuation"),
        pytest.param("zeppelin", [], id="no such word"),
        pytest.param("ship/harbour", [1], id="two words, both in the passage"),
        pytest.param("harbour\u19b0ships", [1], id="a letter at which the index ends a word"),
        pytest.param("", [], id="nothing"),
        pytest.param("?! --", [], id="no word"),
    ],
)
def test_a_word_is_found_in_the_passages_that_hold_it(
    one: tuple[Library, str], word: str, passages: list[int]
) -> None:
    assert holding(*one, word) == passages


@settings(max_examples=150, deadline=None)
@given(word=st.text() | st.text(alphabet='"*^():{}+-. \x00ANDORTNEaé\u0301'))
def test_any_text_may_be_looked_up(one: tuple[Library, str], word: str) -> None:
    holding(*one, word)


@pytest.mark.parametrize("word", ["\udcff harbour \ud800", "harbour " * 2_000, "harbour NOT"])
def test_an_odd_text_still_finds_its_word(one: tuple[Library, str], word: str) -> None:
    assert set(holding(*one, word)) <= {0, 1}
    assert set(holding(*one, word.replace("NOT", ""))) == {0, 1}


def test_of_a_whole_book_the_first_words_are_looked_up(one: tuple[Library, str]) -> None:
    library, document_id = one
    book = ["harbour", *(f"word{number}" for number in range(20_000)), "ships"]
    found = library.postings(library.scope("ann", [document_id]), book)
    assert [posting.word for posting in found] == ["harbour"]


@settings(max_examples=100, deadline=None)
@given(word=st.text(alphabet="aé\u0301\u19b0\u0d54漢नि\u030d٣", min_size=1, max_size=12))
def test_the_parts_of_a_word_are_its_terms(word: str) -> None:
    """Each part is one term, and they are those of the whole."""
    parts = tokens.parts([word])
    assert [term for terms in tokens.terms(parts) for term in terms] == list(
        tokens.terms([word])[0]
    )
    assert all(len(terms) <= 1 for terms in tokens.terms(parts))


def test_only_the_passages_of_the_document_are_found(library: Library) -> None:
    first, second = add(library, "red apple ", "green pear"), add(library, "red pear ", "blue plum")
    assert holding(library, first.id, "pear") == [1]
    assert holding(library, second.id, "pear") == [0]
    assert holding(library, first.id, "plum") == []
    library.delete("ann", first.id)
    third = add(library, "pear ", "pear tree ", "fig")
    assert holding(library, second.id, "pear") == [0]
    assert sorted(holding(library, third.id, "pear")) == [0, 1]


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_documents_that_lie_in_several_tables_are_found_and_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(sqlite, "RUN", 7)
    monkeypatch.setattr(sqlite, "_TABLES_AT_ONCE", 3)
    chance = random.Random(seed)
    with open_at(tmp_path) as library:
        living: list[tuple[str, list[str]]] = []
        for number in range(12):
            if len(living) > 4 and chance.random() < 0.6:
                library.delete("ann", living.pop(chance.randrange(len(living)))[0])
            words = [chance.choice("abcdefgh") for _ in range(chance.randint(1, 20))]
            living.append((add(library, *words, title=str(number)).id, words))
            scope = library.scope("ann")
            for word in chance.sample("abcdefgh", 1):
                (found,) = library.postings(scope, [word]) or (None,)
                expected = sum(words.count(word) for _, words in living)
                assert (0 if found is None else found.count) == expected
                for document_id, words in living:
                    places = [index for index, each in enumerate(words) if each == word]
                    assert holding(library, document_id, word) == places
        with library._database.writing() as connection:
            assert sqlite.sound(connection)
            assert len(sqlite.runs(connection)) > 3
        for document_id, _ in living:
            library.delete("ann", document_id)
        with library._database.reading() as connection:
            assert sqlite.runs(connection) == []


def test_a_table_that_lacks_a_word_or_is_gone_is_noticed_and_made_again(tmp_path: Path) -> None:
    with open_at(tmp_path) as library:
        record = add(library, "red apple ", "green pear")
        with library._database.writing() as connection:
            assert sqlite.sound(connection)
            connection.exec_driver_sql(
                "INSERT INTO passage_words_0 (passage_words_0, rowid, text)"
                " SELECT 'delete', id, text FROM passage LIMIT 1"
            )
        assert [damage.kind for damage in library.care.library_damage()] == ["index"]
        library.care.rebuild_index()
        assert library.care.library_damage() == ()
        with library._database.writing() as connection:
            fulltext.remove(connection, record.id)
        assert [damage.kind for damage in library.care.library_damage()] == ["index"]
        library.care.rebuild_index()
        assert holding(library, record.id, "pear") == [1]
