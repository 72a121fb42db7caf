"""ROUGE and its stemmer: by hand, and beside the usual program where it is installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.evaluation.porter import stem
from pipelines.evaluation.rouge import KINDS, common, rouge

PLAIN = (
    "caresses", "ponies", "ties", "feed", "agreed", "plastered", "bled", "motoring", "sing",
    "conflated", "hopping", "fizzed", "filing", "happy", "sky", "relational", "conditional",
    "vietnamization", "decisiveness", "triplicate", "electrical", "goodness", "revival",
    "replacement", "adoption", "effective", "probate", "rate", "controll", "roll",
)  # fmt: skip
STEMS = (
    "caress", "poni", "tie", "feed", "agre", "plaster", "bled", "motor", "sing", "conflat", "hop",
    "fizz", "file", "happi", "sky", "relat", "condit", "vietnam", "decis", "triplic", "electr",
    "good", "reviv", "replac", "adopt", "effect", "probat", "rate", "control", "roll",
)  # fmt: skip

_endings = st.sampled_from(
    ("", "s", "es", "ies", "ied", "eed", "ed", "ing", "y", "ational", "tional", "enci", "izer",
     "bli", "alli", "ousli", "ization", "ator", "alism", "fulness", "aliti", "biliti", "fulli",
     "logi", "icate", "ative", "alize", "ical", "ful", "ness", "ance", "er", "ible", "ement",
     "ment", "ent", "sion", "tion", "ion", "ou", "ate", "ive", "e", "ll", "le")
)  # fmt: skip
_roots = st.text("abdeiloprstuyz", max_size=6)
_words = st.builds(str.__add__, _roots, _endings).filter(bool)
_few = ("mill", "corn", "river", "bridge", "bridges", "falling", "fell", "the", "of")
_line = st.lists(st.sampled_from(_few), max_size=8).map(" ".join)
_lines = st.lists(_line, max_size=4)


@pytest.mark.parametrize(("word", "expected"), [*zip(PLAIN, STEMS, strict=True)])
def test_the_examples_of_the_paper_are_stemmed_as_it_says(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_scores_are_those_worked_out_by_hand() -> None:
    # 3 of 4 and 3 of 6 words; 1 pair of 3 and 5; a b . in the union, of 4 and 6.
    found = rouge(["aa bb cc zz"], [["aa bb xx cc yy ww"]])
    assert found["rouge1"] == pytest.approx(2 * 3 / (4 + 6))
    assert found["rouge2"] == pytest.approx(2 * 1 / (3 + 5))
    assert found["rougeLsum"] == pytest.approx(2 * 3 / (4 + 6))


def test_lines_of_a_summary_are_united_and_the_best_reference_counts() -> None:
    ours = ["one two six seven eight", "one three five nine ten"]
    found = rouge(ours, [["one two three four five"], ["nothing alike"]])
    # Lin 2004, section 3.2: one two and one three five unite to four of five words.
    assert found["rougeLsum"] == pytest.approx(2 * 4 / (5 + 10))
    assert rouge([], [["one"]]) == dict.fromkeys(KINDS, 0.0)


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_a_common_subsequence_stands_in_both_in_order(line: list[str], other: list[str]) -> None:
    places = common(line, other)
    assert places == sorted(set(places))
    rest = iter(other)
    assert all(line[place] in rest for place in places)


def usual() -> Any:  # noqa: ANN401 (it has no types)
    pytest.importorskip(
        "rouge_score", reason="rouge-score is not installed: pip install '.[bench]'"
    )
    return import_module("rouge_score.rouge_scorer").RougeScorer(KINDS, use_stemmer=True)


@settings(max_examples=60, deadline=None)
@given(ours=_lines, theirs=_lines)
def test_scores_are_those_of_the_usual_program(ours: list[str], theirs: list[str]) -> None:
    expected = usual().score("\n".join(theirs), "\n".join(ours))
    found = rouge(ours, [theirs])
    for kind in KINDS:
        assert found[kind] == pytest.approx(expected[kind].fmeasure)


@settings(max_examples=400, deadline=None)
@given(_words)
def test_stems_are_those_of_the_usual_program(word: str) -> None:
    usual()
    assert stem(word) == import_module("nltk.stem.porter").PorterStemmer().stem(word)
