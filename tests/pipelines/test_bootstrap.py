"""The percentile bootstrap against what is known of means, medians and differences."""

from __future__ import annotations

import random
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.bootstrap import bootstrapped, interval


def test_the_interval_of_a_mean_is_narrow_where_values_agree_and_holds_the_mean() -> None:
    assert interval([0.25] * 40) == (0.25, 0.25)
    values = [1.0] * 30 + [0.0] * 70
    low, high = interval(values)
    assert low < 0.3 < high
    assert low == pytest.approx(0.3 - 1.96 * 0.0458, abs=0.03)  # √(0.3 · 0.7 / 100) = 0.0458
    assert high == pytest.approx(0.3 + 1.96 * 0.0458, abs=0.03)
    assert interval(values) == (low, high)


def test_the_interval_covers_the_true_mean_about_nineteen_times_in_twenty() -> None:
    chance = random.Random(5)
    covered = 0
    for draw in range(60):
        values = [float(chance.random() < 0.4) for _ in range(50)]
        low, high = interval(values, seed=draw, draws=200)
        covered += low <= 0.4 <= high
    assert 52 <= covered <= 60


@settings(deadline=None)
@given(st.lists(st.floats(-10, 10), min_size=1, max_size=20), st.integers(0, 5))
def test_an_interval_lies_within_the_values_and_is_the_same_for_the_same_seed(
    values: list[float], seed: int
) -> None:
    low, high = interval(values, seed, draws=50)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert interval(values, seed, draws=50) == (low, high)


def test_an_interval_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        interval([])


def test_many_values_are_drawn_in_parts_with_the_same_result_in_law() -> None:
    values = [float(number % 7) for number in range(50_000)]  # 1,000 draws do not fit at once
    low, high = interval(values)
    assert low < fmean(values) < high
    assert high - low == pytest.approx(2 * 1.96 * 2 / 50_000**0.5, rel=0.2)  # deviation 2


def test_groups_are_drawn_from_by_themselves() -> None:
    ones, twos = np.ones(3), np.full(5, 2.0)
    assert bootstrapped([ones, twos], lambda g: float(g[0].sum() + g[1].sum())) == (13.0, 13.0)


def test_rows_that_belong_together_are_drawn_together() -> None:
    rows = np.arange(10.0)[:, None] + np.array([0.0, 0.5])
    assert bootstrapped([rows], lambda g: float((g[0][:, 1] - g[0][:, 0]).max())) == (0.5, 0.5)
