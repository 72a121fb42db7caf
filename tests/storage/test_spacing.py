from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as some

from storage.spacing import NEAREST, spaced

PLACES = some.lists(some.integers(1, 3_000_000), unique=True, max_size=60)


@given(some.integers(1, 900), some.integers(1, 2047))
def test_of_a_regular_grid_few_are_kept_and_a_change_is_never_far_from_one(
    groups: int, rest: int
) -> None:
    grid = range(2048, groups * 2048 + 1, 2048)
    end = groups * 2048 + rest
    kept = spaced(grid, end)
    assert len(kept) <= 2 + math.log(end / NEAREST, 4)
    for changed in range(2048 + 1, end - NEAREST, max(1, end // 50)):
        read = end - max((place for place in kept if place <= changed), default=0)
        assert read <= max(4 * (end - changed) + 2048, 2 * 2048 + NEAREST)


@given(PLACES, some.integers(1, 3_000_000))
def test_only_given_places_before_the_end_are_kept_and_keeping_again_changes_nothing(
    places: list[int], end: int
) -> None:
    kept = spaced(places, end)
    assert kept <= {place for place in places if place <= end - NEAREST}
    assert spaced(kept, end) == kept
