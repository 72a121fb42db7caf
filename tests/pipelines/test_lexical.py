"""BM25 is the formula of Robertson and Zaragoza, over stems without function words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import lexical

words = st.lists(st.sampled_from(["mill", "river", "bridge", "boat", "corn"]), max_size=9)


def literal_bm25(question: list[str], texts: list[list[str]], number: int) -> float:
    """Σ over the question's terms of idf · tf (k1 + 1) / (tf + k1 (1 − b + b · length / mean))."""
    k1, b, total = 1.5, 0.75, 0.0
    lengths = [len(text) for text in texts]
    mean = sum(lengths) / len(lengths)
    for term in set(question):
        holding = len([text for text in texts if term in text])
        idf = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
        tf = texts[number].count(term)
        if tf:
            length = 1 - b + b * lengths[number] / mean
            total += idf * tf * (k1 + 1) / (tf + k1 * length)
    return total


@given(words, st.lists(words, min_size=1, max_size=7))
def test_scores_are_those_of_the_formula(question: list[str], texts: list[list[str]]) -> None:
    weights = lexical.rarity(lexical.document_counts(texts), len(texts))
    scores = lexical.bm25(question, texts, weights)
    assert scores == pytest.approx([literal_bm25(question, texts, n) for n in range(len(texts))])


def test_a_rarer_word_weighs_more_and_none_weighs_less_than_nothing() -> None:
    weights = lexical.rarity({"the": 10, "mill": 5, "corn": 1, "gold": 0}, texts=10)
    assert 0 < weights["the"] < weights["mill"] < weights["corn"] < weights["gold"]
    assert weights["corn"] == pytest.approx(math.log(1 + 9.5 / 1.5))


def test_a_shorter_text_with_the_same_words_scores_higher() -> None:
    short, long = lexical.bm25(["mill"], [["mill"], ["mill", "a", "b", "c"]], {"mill": 1.0})
    assert short > long > 0


def test_terms_are_stems_of_words_that_mean_something() -> None:
    assert lexical.content_words("Who opened the MILL of Zürich?") == ["opened", "MILL", "Zürich"]
    assert lexical.terms("The mills' owners, running") == lexical.terms("mill owner runs!")
    assert lexical.terms("Zürich") == lexical.terms("ZURICH")
    assert lexical.terms("who was it that did so?") == []
    assert lexical.bm25([], [["mill"], []], {}) == [0.0, 0.0]


def test_a_term_counts_once_in_each_text() -> None:
    assert lexical.document_counts([["a", "a", "b"], ["a"], []]) == {"a": 2, "b": 1}
