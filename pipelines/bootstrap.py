"""How sure one may be of a figure: 95 % intervals by the percentile bootstrap (Efron 1979).

What was measured is drawn again, with replacement, as often as there are draws; the interval lies
between the 2.5th and the 97.5th percentile of the figures of the draws. The same seed draws the
same.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]

_AT_ONCE = 4_000_000  # numbers drawn at once: 32 MB


def interval(values: Sequence[float], seed: int = 0, draws: int = 1000) -> Interval:
    """The interval of the mean of some values; raises ValueError without any."""
    if not len(values):
        raise ValueError("no values, no interval")
    sample = np.asarray(values, dtype=np.float64)
    chance = np.random.default_rng(seed)
    means = [
        sample[chance.integers(0, len(sample), (size, len(sample)))].mean(axis=1)
        for size in _sizes(draws, len(sample))
    ]
    return _middle(np.concatenate(means))


def bootstrapped(
    groups: Sequence[Floats],
    figure: Callable[[Sequence[Floats]], float],
    seed: int = 0,
    draws: int = 1000,
) -> Interval:
    """The interval of any figure of groups of rows [N, ...], each drawn from by itself."""
    chance = np.random.default_rng(seed)
    figures = [
        figure([group[chance.integers(0, len(group), len(group))] for group in groups])
        for _ in range(draws)
    ]
    return _middle(np.asarray(figures))


def _sizes(draws: int, width: int) -> list[int]:
    """So many draws of this width in parts that fit into memory."""
    most = max(1, _AT_ONCE // width)
    return [min(most, draws - first) for first in range(0, draws, most)]


def _middle(figures: Floats) -> Interval:
    ordered = np.sort(figures)
    draws = len(ordered)
    return float(ordered[int(0.025 * draws)]), float(ordered[max(0, int(0.975 * draws) - 1)])
