"""Vectors of words against their definition, word by word."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import lexical
from pipelines.summarise.central import words_of

TEXTS = st.lists(
    st.lists(st.sampled_from(["mill", "river", "flood", "school", "the", "uh"]), max_size=6).map(
        " ".join
    ),
    max_size=7,
)


def defined(texts: list[str]) -> list[dict[str, float]]:
    """Each sentence's vector, as the docstring of the module has it."""
    said = [text.replace("uh", "") for text in texts]
    counted = [Counter(lexical.terms(text)) for text in said]
    vectors = []
    for counts in counted:
        vector = {
            word: math.log(1 + n) * math.log(1 + len(texts) / sum(word in c for c in counted))
            for word, n in counts.items()
        }
        length = math.sqrt(sum(value**2 for value in vector.values())) or 1.0
        vectors.append({word: value / length for word, value in vector.items()})
    return vectors


def product(one: dict[str, float], two: dict[str, float]) -> float:
    return sum(value * two.get(word, 0.0) for word, value in one.items())


@given(TEXTS)
def test_likeness_and_centrality_are_those_of_the_definition(texts: list[str]) -> None:
    words, vectors = words_of(texts), defined(texts)
    for number, vector in enumerate(vectors):
        expected = [product(other, vector) for other in vectors]
        assert words.likeness(words.of(number)).tolist() == pytest.approx(expected)
    centre: dict[str, float] = {}
    for vector in vectors:
        for word, value in vector.items():
            centre[word] = centre.get(word, 0.0) + value
    length = math.sqrt(sum(value**2 for value in centre.values())) or 1.0
    expected = [product(vector, centre) / length for vector in vectors]
    assert words.centrality().tolist() == pytest.approx(expected)


def test_sentences_without_a_word_are_like_nothing() -> None:
    words = words_of(["", "of the", "mill"])
    assert words.likeness(words.of(0)).tolist() == [0, 0, 0]
    assert np.isfinite(words.centrality()).all()
    assert words_of([]).centrality().tolist() == []
