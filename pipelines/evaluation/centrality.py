"""Sentences ranked by how central they are in their document: LexRank and TextRank.

Letters: S sentences, W different terms. Both are the stationary distribution of a walk over the
sentences that starts anew with probability 1 − DAMPING (PageRank).
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipelines import lexical

Floats = npt.NDArray[np.float64]

DAMPING = 0.85
ALIKE = 0.1  # sentences at least so alike are neighbours in LexRank
ENOUGH = 1e-8


def lexrank(texts: Sequence[str]) -> list[float]:
    """Erkan and Radev 2004, with the threshold of 0.1: [S], larger is more central.

    Two sentences are neighbours where the cosine of their tf·idf vectors is above the threshold.
    """
    counts = _counts([lexical.terms(text) for text in texts])
    present = (counts > 0).sum(axis=0)
    weights = np.log(len(texts) / np.maximum(1, present))
    vectors = counts * weights
    lengths = np.linalg.norm(vectors, axis=1)
    vectors = vectors / np.where(lengths > 0, lengths, 1.0)[:, None]
    return _stationary((vectors @ vectors.T > ALIKE).astype(np.float64))


def textrank(texts: Sequence[str]) -> list[float]:
    """Mihalcea and Tarau 2004: [S], larger is more central.

    Sentences are tied by the terms that they share over the logarithms of their lengths.
    """
    terms = [lexical.terms(text) for text in texts]
    present = (_counts(terms) > 0).astype(np.float64)
    logs = np.log(np.maximum(1, [len(each) for each in terms]))
    norm = logs[:, None] + logs[None, :]
    ties = present @ present.T / np.where(norm > 0, norm, 1.0)
    np.fill_diagonal(ties, 0.0)
    return _stationary(ties)


def _counts(terms: Sequence[Sequence[str]]) -> Floats:
    """How often each term stands in each sentence: [S, W]."""
    places = {term: n for n, term in enumerate(dict.fromkeys(t for each in terms for t in each))}
    counts = np.zeros((len(terms), len(places)))
    for row, each in enumerate(terms):
        for term, count in Counter(each).items():
            counts[row, places[term]] = count
    return counts


def _stationary(ties: Floats) -> list[float]:
    """Where a walk along the ties [S, S] is found in the long run: [S], together 1."""
    size = len(ties)
    if not size:
        return []
    totals = ties.sum(axis=1)
    steps = np.where(
        totals[:, None] > 0, ties / np.where(totals > 0, totals, 1.0)[:, None], 1 / size
    )
    found = np.full(size, 1 / size)
    for _ in range(1_000):
        after = (1 - DAMPING) / size + DAMPING * (found @ steps)
        change = float(np.abs(after - found).sum())
        found = after
        if change < ENOUGH:
            break
    scores: list[float] = found.tolist()
    return scores
