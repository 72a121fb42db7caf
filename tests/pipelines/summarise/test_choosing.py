"""What is chosen: the worthiest that fit, nothing twice, every section heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.summarise.central import words_of
from pipelines.summarise.choosing import chosen, standard
from pipelines.summarise.length import Length

TEXTS = [
    "the mill stood",
    "a mill, it stood",
    "river and flood",
    "school opened",
    "bridge fell down",
]
WORDS = words_of(TEXTS)
SIZES = np.array([3, 3, 3, 2, 3])
WORTH = np.array([5.0, 4.9, 3.0, 2.0, 1.0])


def test_the_worthiest_are_taken_first() -> None:
    assert chosen(WORTH, WORDS, SIZES, [], Length(sentences=3)) == [0, 2, 3]


def test_what_says_the_same_again_is_never_taken() -> None:
    assert WORDS.likeness(WORDS.of(0))[1] == pytest.approx(1.0)
    assert chosen(WORTH, WORDS, SIZES, [], Length(sentences=9)) == [0, 2, 3, 4]


def test_what_is_partly_said_already_comes_after_a_little_less_worth() -> None:
    words = words_of(["mill and river", "mill and flood", "school"])
    assert 0 < words.likeness(words.of(0))[1] < 0.7
    worth = np.array([5.0, 4.0, 3.9])
    assert chosen(worth, words, SIZES[:3], [], Length(sentences=2)) == [0, 2]
    assert chosen(worth, words, SIZES[:3], [], Length(sentences=2), repeated=0.0) == [0, 1]


def test_a_sentence_too_long_for_what_is_left_gives_way_to_one_that_fits() -> None:
    assert chosen(WORTH, WORDS, SIZES, [], Length(words=5)) == [0, 3]


def test_the_first_is_taken_however_long_it_is() -> None:
    assert chosen(WORTH, WORDS, SIZES, [], Length(words=1)) == [0]


def test_sections_that_were_not_heard_come_before_a_little_more_worth() -> None:
    worth = np.array([5.0, 4.0, 3.95, 3.9, 3.8])
    apart = words_of(["mill", "river", "flood", "school", "bridge"])
    sections = np.array([0, 0, 0, 0, 1])
    assert chosen(worth, apart, SIZES, [sections], Length(sentences=2)) == [0, 4]
    assert chosen(worth, apart, SIZES, [np.zeros(5, int)], Length(sentences=2)) == [0, 1]


def test_a_worth_of_minus_infinity_is_never_taken() -> None:
    worth = np.array([1.0, -np.inf, 0.5, -np.inf, -np.inf])
    assert chosen(worth, WORDS, SIZES, [], Length(sentences=5)) == [0, 2]
    assert chosen(np.full(5, -np.inf), WORDS, SIZES, [], Length(sentences=5)) == []
    assert chosen(np.zeros(0), words_of([]), np.zeros(0, int), [], Length(words=9)) == []


@given(
    st.lists(st.floats(-5, 5), min_size=5, max_size=5),
    st.integers(1, 6),
    st.one_of(st.none(), st.integers(1, 20)),
)
def test_no_length_is_ever_exceeded(worth: list[float], sentences: int, words: int | None) -> None:
    taken = chosen(np.array(worth), WORDS, SIZES, [], Length(sentences, words))
    assert 1 <= len(taken) <= sentences
    assert len(set(taken)) == len(taken)
    assert len(taken) == 1 or words is None or sum(SIZES[taken]) <= words


def test_unknown_values_are_the_mean() -> None:
    assert standard(np.array([1.0, np.nan, 3.0])).tolist() == [-1, 0, 1]
    assert standard(np.array([np.nan, np.nan])).tolist() == [0, 0]
    assert standard(np.array([2.0, 2.0])).tolist() == [0, 0]


@pytest.mark.parametrize("counts", [(None, None), (0, None), (None, 0), (3, -1)])
def test_a_length_below_one_is_a_mistake(counts: tuple[int | None, int | None]) -> None:
    with pytest.raises(ValueError, match="a length of"):
        Length(*counts)
