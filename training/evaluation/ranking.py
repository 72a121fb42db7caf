"""Fit how the kinds of evidence are weighed when a sentence is chosen.

Conditional logit (McFadden 1974): the sentences of the passages that were read are the choices of
a question, each is worth its mixture's score, and the weights are those that make the sentences
that hold the answer likeliest to be chosen.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from pipelines.evidence import Evidence
from pipelines.mixture import SHIPPED, Mixture
from training.evaluation.confidence import Asked, holds

RIDGE = 0.2  # holds weights back that few questions speak for: docs/decisions.md
OF_VALUE = 0.01  # a weight of the reader at which the others are told beside it
WEIGHTS = ("reader", "sentence", "preceding", "passage", "meaning")

Choice = tuple[Tensor, Tensor]  # features [sentences, 5], and which sentences hold an answer


def ranked(asked: Sequence[Asked], ridge: float = RIDGE) -> Mixture:
    """The shipped mixture with its weights fitted anew, none below nought.

    The reader's weight is 1, as confidence is free of scale (slope), unless the reader says nothing
    of value. Questions that none of their sentences answers, or all, teach nothing.
    """
    choices = [choice for case in asked if (choice := _choice(case)) is not None]
    found = dict(zip(WEIGHTS, _fitted(choices, ridge).tolist(), strict=True))
    scale = found["reader"] if found["reader"] > OF_VALUE else 1.0
    rounded = {name: round(max(0.0, weight) / scale, 2) for name, weight in found.items()}
    return replace(SHIPPED, **rounded)


def _choice(case: Asked) -> Choice | None:
    right = torch.tensor([holds(each, case.golds) > 0 for each in case.own])
    if not right.any() or right.all():
        return None
    return torch.tensor([_features(each) for each in case.own], dtype=torch.float64), right


def _features(evidence: Evidence) -> tuple[float, ...]:
    """What the weights are of, in the order of their names."""
    return (
        evidence.odds,
        evidence.shared,
        evidence.before,
        evidence.around,
        evidence.likeness,
    )


def _fitted(choices: Sequence[Choice], ridge: float) -> Tensor:
    """The weights [5] with the least loss; the loss is convex but for ties of right sentences."""
    weights = torch.zeros(len(WEIGHTS), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        total = ridge * weights.square().sum()
        for features, right in choices:
            worth = features @ weights
            total = total + (worth.logsumexp(0) - worth[right].logsumexp(0)) / len(choices)
        total.backward()
        return total

    optimizer.step(loss)
    return weights.detach()
