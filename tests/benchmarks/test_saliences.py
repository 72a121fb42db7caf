"""Choosing sentences at equal length, and the interval of a paired difference."""

from __future__ import annotations

from benchmarks.saliences import paired_interval, picked

TEXTS = ("one two three", "four five six seven", "Note", "eight nine ten")


def test_the_best_sentences_that_fit_come_in_the_order_of_the_text() -> None:
    assert picked(TEXTS, [1.0, 0.0, 9.0, 2.0], 6) == [TEXTS[0], TEXTS[3]]
    assert picked(TEXTS, [1.0, 3.0, 9.0, 2.0], 6) == [TEXTS[1]]
    assert picked(TEXTS, [1.0, 3.0, 9.0, 2.0], 2) == [TEXTS[1]]


def test_an_interval_of_equal_gains_is_that_gain() -> None:
    assert paired_interval([2.5] * 7) == (2.5, 2.5)
    low, high = paired_interval([-1.0, 4.0] * 20)
    assert -1.0 < low < 1.5 < high < 4.0
