"""A word is found in the same passages on every database."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.library import Library, open_library
from tests.backends import PostgresBackend, SqliteBackend
from tests.server import Server
from tests.storage.making import Clock, add, holding

# The last two hold letters to Python, at which FTS5 sees the end of a word.
SYLLABLES = [
    *("ka", "ro", "men", "tal", "ing", "ed", "ship", "harbour", "run", "ation", "ly", "the", "of"),
    *("and", "Größe", "naïve", "漢字", "نص", "हिन्दी", "a\u030db", "\u19b0ed"),
]


class Pair(NamedTuple):
    """The same documents in two libraries."""

    file: Library
    server: Library


@pytest.fixture(scope="module")
def pair(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder, on_server = tmp_path_factory.mktemp("agreement"), PostgresBackend(server)
    with (
        open_library(SqliteBackend().url(folder), Clock()) as first,
        open_library(on_server.url(folder), Clock()) as second,
    ):
        yield Pair(first, second)
    on_server.forget(folder)


def words(chance: random.Random, count: int) -> str:
    """Made-up words, the short ones often and the long ones seldom."""
    made = ("".join(chance.choices(SYLLABLES, k=chance.choice([1, 1, 2, 3]))) for _ in range(count))
    return " ".join(made)


def both(pair: Pair, *parts: str) -> tuple[str, str]:
    """Add a document to each; its ids."""
    return add(pair.file, *parts).id, add(pair.server, *parts).id


def delete_both(pair: Pair, ids: tuple[str, str]) -> None:
    for library, document_id in zip(pair, ids, strict=True):
        library.delete("ann", document_id)


@pytest.mark.parametrize("seed", [1, 2])
def test_many_words_of_a_library_that_changes_stand_in_the_same_passages(
    pair: Pair, seed: int
) -> None:
    chance = random.Random(seed)
    living = []
    for _ in range(8):
        living.append(
            both(pair, *(words(chance, chance.randint(1, 150)) + ". " for _ in range(30)))
        )
        if len(living) > 3:
            delete_both(pair, living.pop(chance.randrange(len(living))))
        for ids in living:
            for word in words(chance, 3).split()[:3]:
                expected = holding(pair.file, ids[0], word)
                assert holding(pair.server, ids[1], word) == expected, word
    for ids in living:
        delete_both(pair, ids)


@settings(max_examples=25, deadline=None)
@given(parts=st.lists(st.text(min_size=1), min_size=1, max_size=4), word=st.text())
def test_any_text_is_cut_into_the_same_words(pair: Pair, parts: list[str], word: str) -> None:
    ids = both(pair, *parts)
    asked = [word, *parts, parts[0][:3]]
    for text in asked:
        assert holding(pair.file, ids[0], text) == holding(pair.server, ids[1], text)
    delete_both(pair, ids)
