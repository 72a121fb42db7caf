"""The scores of answers, against values worked out by hand and literal counts."""

from __future__ import annotations

import itertools
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import metrics

# Few values, so that ties are common.
scores = st.lists(st.integers(-3, 3).map(float), max_size=12)


@pytest.mark.parametrize(
    ("answer", "golds", "exact", "f1"),
    [
        ("the Mill.", ["mill"], 1.0, 1.0),
        ("an old mill", ["the mill"], 0.0, 2 / 3),  # old mill / mill: 2 · 1 / (2 + 1)
        ("1873", ["in 1873", "1873, at Easter"], 0.0, 2 / 3),
        ("corn corn flour", ["corn"], 0.0, 0.5),  # one corn is shared: 2 · 1 / (3 + 1)
        ("by boat", ["by boat", "a bridge"], 1.0, 1.0),
        ("bridge", ["boat"], 0.0, 0.0),
        ("", ["boat"], 0.0, 0.0),
        ("the", ["a"], 1.0, 1.0),  # nothing but articles on both sides
        ("boat", [], 0.0, 0.0),
        ("theatre", ["atre"], 0.0, 0.0),  # articles are whole words only
    ],
)
def test_exact_match_and_f1_are_those_of_squad(
    answer: str, golds: list[str], exact: float, f1: float
) -> None:
    assert metrics.exact_match(answer, golds) == exact
    assert metrics.f1(answer, golds) == pytest.approx(f1)


def test_a_sentence_contains_an_answer_whatever_its_case_and_line_ends() -> None:
    assert metrics.contains("They crossed BY\n  boat.", ["a ferry", "by Boat"])
    assert not metrics.contains("They crossed.", ["by boat"])
    assert not metrics.contains("They crossed.", ["", " \n"])


@given(scores, scores)
def test_auroc_counts_pairs(positives: list[float], negatives: list[float]) -> None:
    found = metrics.auroc(positives, negatives)
    pairs = [
        1.0 if one > other else 0.5 if one == other else 0.0
        for one, other in itertools.product(positives, negatives)
    ]
    assert (found is None) == (not pairs)
    if pairs:
        assert found == pytest.approx(fmean(pairs))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.sampled_from([0.0, 0.5, 0.95]))
def test_so_large_a_share_does_not_exceed_the_percentile(values: list[int], share: float) -> None:
    found = metrics.percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) <= share * len(values)
