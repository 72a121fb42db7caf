"""Fit what a score says of the chance that the cited sentence answers.

Logistic regression of "the best sentence holds the answer" on its score and on the words of its
passage, with one slope (a temperature) and one offset (a prior), as Platt 1999. How many questions
have no answer in the document is a matter of whom one asks, not of the training files: the
questions asked of another document are weighed so that they make up a stated share (Elkan 2001,
theorem 2).
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
    fitted = _regression(mixture, rows)
    return replace(fitted, found=_threshold(fitted, rows))


def expected_error(
    mixture: Mixture, asked: Sequence[Asked], unanswerable: float = UNANSWERABLE
) -> float:
    """The expected calibration error (Guo et al. 2017, eq. 3) of a mixture as it is, 0 to 1."""
    rows = _rows(mixture, asked, unanswerable)
    return _error(_chances(mixture, rows), rows)


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
        fitted = _regression(mixture, _rows(mixture, rest, unanswerable))
        rows.append(_rows(mixture, part, unanswerable))
        sure.append(_chances(fitted, rows[-1]))
    return _error(np.concatenate(sure), np.concatenate(rows)) if rows else 0.0


def _rows(mixture: Mixture, asked: Sequence[Asked], unanswerable: float) -> Floats:
    """For each text: score, its passage's words, right or not, weight, of the own document or not.

    Of each only the sentence that would be cited first.
    """
    own = [(best_of(mixture, case.own), case.golds) for case in asked]
    rows = [(*_told(mixture, best), holds(best, golds), 1.0, 1.0) for best, golds in own]
    others = [best_of(mixture, case.other) for case in asked if case.other]
    odds = unanswerable / (1 - unanswerable)
    weight = odds * len(own) / max(1, len(others))
    rows += [(*_told(mixture, best), 0.0, weight, 0.0) for best in others]
    return np.array(rows)


def _told(mixture: Mixture, best: Evidence) -> tuple[float, float]:
    return mixture.score(best), best.around


def _chances(mixture: Mixture, rows: Floats) -> Floats:
    return np.array([mixture.chance(score, around) for score, around in rows[:, :2]])


def _regression(mixture: Mixture, rows: Floats) -> Mixture:
    """The mixture with slope, trust and offset by Newton's method."""
    told, right, count = map(torch.tensor, (rows[:, :2], rows[:, 2], rows[:, 3]))
    x = torch.cat([told, torch.ones_like(told[:, :1])], 1)
    weights = torch.zeros(3, dtype=torch.float64)
    for _ in range(50):
        p = torch.sigmoid(x @ weights)
        bend = (x * (count * p * (1 - p))[:, None]).T @ x
        curve = bend + 1e-6 * torch.eye(3, dtype=torch.float64)
        weights = weights - torch.linalg.solve(curve, x.T @ (count * (p - right)))
    slope, words, offset = weights.tolist()
    trust = words / slope if slope else 0.0
    return replace(mixture, slope=round(slope, 4), trust=round(trust, 3), offset=round(offset, 4))


def _threshold(mixture: Mixture, rows: Floats) -> float:
    """Below it nothing is claimed: the best balance of own documents and others."""
    sure = _chances(mixture, rows)
    own = rows[:, 4] == 1

    def balance(limit: float) -> float:
        kept = fmean((sure[own] >= limit).tolist())
        return kept + fmean((sure[~own] < limit).tolist() or [0.0])

    return max((step / 100 for step in range(1, 100)), key=balance)


def _error(sure: Floats, rows: Floats) -> float:
    bins = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    right, weight = rows[:, 2], rows[:, 3]
    return float(np.abs(np.bincount(bins, weight * (sure - right), BINS)).sum() / weight.sum())
