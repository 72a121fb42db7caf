"""Whether confidence means what it says: how often answers of a confidence are right.

Expected calibration error as Guo et al. 2017, eq. 3: over BINS bins of equal width the mean
distance of confidence and share of right answers, weighed by the questions in the bin.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipelines.bootstrap import Floats, bootstrapped
from pipelines.evaluation.outcomes import Outcome, hit_at_1, hundred

BINS = 10


def calibration(outcomes: Sequence[Outcome], who: str, seed: int) -> dict[str, Any]:
    """The error and the reliability table; right is a first cited sentence that holds an answer.

    Where a question has no answer nothing is right.
    """
    if not outcomes:
        return {"ece": None, "bins": []}
    rows = np.asarray([_row(outcome, who) for outcome in outcomes])
    low, high = bootstrapped([rows], lambda groups: error(groups[0]), seed)
    return {
        "ece": hundred(error(rows)),
        "ece_interval": [hundred(low), hundred(high)],
        "bins": [_told(number, rows[_bin(rows) == number]) for number in range(BINS)],
    }


def _row(outcome: Outcome, who: str) -> tuple[float, float]:
    reply = outcome.replies[who]
    return reply.confidence, hit_at_1(outcome, reply)


def error(rows: Floats) -> float:
    """The expected calibration error of rows (confidence, right), 0 to 1."""
    numbers = _bin(rows)
    gaps = np.bincount(numbers, rows[:, 0] - rows[:, 1], BINS)
    return float(np.abs(gaps).sum() / len(rows))


def _bin(rows: Floats) -> Any:  # noqa: ANN401 (whole numbers [N])
    return np.minimum((rows[:, 0] * BINS).astype(np.int64), BINS - 1)


def _told(number: int, rows: Floats) -> dict[str, Any]:
    """One line of the reliability table."""
    told: dict[str, Any] = {
        "from": round(100 * number / BINS),
        "to": round(100 * (number + 1) / BINS),
        "questions": len(rows),
        "confidence": None,
        "right": None,
    }
    if len(rows):
        told |= {"confidence": hundred(rows[:, 0].mean()), "right": hundred(rows[:, 1].mean())}
    return told
