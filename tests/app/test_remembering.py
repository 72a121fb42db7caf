"""What is kept of a document, in numbers: checked against what they mean."""

from __future__ import annotations

import pytest

from app.remembering import cache_bytes, half_life, on_pages, state_bytes
from retnet_core.config import RetNetConfig


def test_half_is_left_after_the_half_life_and_sizes_follow_from_the_model() -> None:
    assert (1 - 2.0**-9) ** half_life(9) == pytest.approx(0.5)
    config = RetNetConfig(100, 8, 2, 4, 6, 16, (3.0, 5.0, 7.0))
    assert state_bytes(config) == 4 * 2 * 3 * 4 * 6
    assert cache_bytes(config, 10) == 2 * 2 * 2 * 8 * 10


def test_a_place_stands_on_its_page_however_much_text_the_pages_hold() -> None:
    assert on_pages((0, 10, 10, 110), 160, [0, 5, 10, 60, 110, 159]) == pytest.approx(
        [0.5, 1.0, 2.5, 3.0, 3.5, 4.48]
    )


def test_a_text_that_is_empty_has_one_page() -> None:
    assert on_pages((0,), 0, [0]) == [0.5]
