"""Fit what a score says of the chance that the cited sentence answers.

Logistic regression of "the best sentence holds the answer" on its score, with one slope (a
temperature) and one offset (a prior), as Platt 1999. How many questions have no answer in the
document is a matter of whom one asks, not of the training files: the questions asked of another
document are weighed so that they make up a stated share (Elkan 2001, theorem 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
import torch

from pipelines import metrics
from pipelines.bootstrap import Floats
from pipelines.cite import cited
from pipelines.evidence import Evidence
from pipelines.mixture import Mixture

UNANSWERABLE = 0.2
"""The share of a person's questions that the document does not answer, as this project assumes."""
FOLDS = 5
BINS = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's gold answers, and the evidence in its own and in another document."""

    golds: tuple[str, ...]
    own: tuple[Evidence, ...]
    other: tuple[Evidence, ...]


def best_of(mixture: Mixture, evidence: Sequence[Evidence]) -> Evidence:
    """The piece of evidence that would be cited first."""
    return max(evidence, key=mixture.rank)


def holds(evidence: Evidence, golds: Sequence[str]) -> float:
    """Whether the sentence that is cited holds an answer, 0 or 1."""
    return float(metrics.contains(cited(evidence).sentence, golds))


def calibrated(mixture: Mixture, asked: Sequence[Asked], unanswerable: float) -> Mixture:
    """The mixture with slope, offset and threshold for such a share of unanswerable questions."""
    rows = _rows(mixture, asked, unanswerable)
    slope, offset = _regression(rows)
    fitted = replace(mixture, slope=round(slope, 4), offset=round(offset, 4))
    return replace(fitted, found=_threshold(fitted, rows))


def expected_error(
    mixture: Mixture, asked: Sequence[Asked], unanswerable: float = UNANSWERABLE
) -> float:
    """The expected calibration error (Guo et al. 2017, eq. 3) of a mixture as it is, 0 to 1."""
    rows = _rows(mixture, asked, unanswerable)
    return _error(np.array([mixture.confidence(score) for score in rows[:, 0]]), rows)


def error_of_fitting(
    mixture: Mixture, asked: Sequence[Asked], unanswerable: float = UNANSWERABLE
) -> float:
    """The expected calibration error on questions that slope and offset were not fitted on.

    Each of FOLDS parts of the questions gets the fit of the others.
    """
    sure, rows = [], []
    for fold in range(FOLDS):
        rest = [case for number, case in enumerate(asked) if number % FOLDS != fold]
        part = asked[fold::FOLDS]
        if not rest or not part:
            continue
        slope, offset = _regression(_rows(mixture, rest, unanswerable))
        fitted = replace(mixture, slope=slope, offset=offset)
        left = _rows(mixture, part, unanswerable)
        sure += [fitted.confidence(score) for score in left[:, 0]]
        rows.append(left)
    return _error(np.array(sure), np.concatenate(rows)) if rows else 0.0


def _rows(mixture: Mixture, asked: Sequence[Asked], unanswerable: float) -> Floats:
    """Score, whether it was right, weight, and whether it is of the own document, for each text."""
    own = [best_of(mixture, case.own) for case in asked]
    rows = [
        (mixture.score(best), holds(best, case.golds), 1.0, 1.0)
        for best, case in zip(own, asked, strict=True)
    ]
    others = [best_of(mixture, case.other) for case in asked if case.other]
    odds = unanswerable / (1 - unanswerable)
    weight = odds * len(own) / max(1, len(others))
    rows += [(mixture.score(best), 0.0, weight, 0.0) for best in others]
    return np.array(rows)


def _regression(rows: Floats) -> tuple[float, float]:
    """Slope and offset by Newton's method."""
    x = torch.tensor([[score, 1.0] for score in rows[:, 0]], dtype=torch.float64)
    y, count = torch.tensor(rows[:, 1]), torch.tensor(rows[:, 2])
    weights = torch.zeros(2, dtype=torch.float64)
    for _ in range(50):
        p = torch.sigmoid(x @ weights)
        bend = (x * (count * p * (1 - p))[:, None]).T @ x
        curve = bend + 1e-6 * torch.eye(2, dtype=torch.float64)
        weights = weights - torch.linalg.solve(curve, x.T @ (count * (p - y)))
    return float(weights[0]), float(weights[1])


def _threshold(mixture: Mixture, rows: Floats) -> float:
    """Below it nothing is claimed: the best balance of own documents and others."""
    sure = np.array([mixture.confidence(score) for score in rows[:, 0]])
    own = rows[:, 3] == 1

    def balance(limit: float) -> float:
        kept = fmean((sure[own] >= limit).tolist())
        return kept + fmean((sure[~own] < limit).tolist() or [0.0])

    return max((step / 100 for step in range(1, 100)), key=balance)


def _error(sure: Floats, rows: Floats) -> float:
    bins = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(bins, rows[:, 2] * (sure - rows[:, 1]), BINS)
    return float(np.abs(gaps).sum() / rows[:, 2].sum())
