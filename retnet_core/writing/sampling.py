"""Choosing a token by the scores of all: the likeliest, or one drawn from those that filters leave.

The order is fixed, and each filter sees what the ones before it left, its sum made 1 again:

1. repetition penalty   the scores x of recent tokens: x / penalty where x > 0, else x · penalty
2. temperature          softmax(x / temperature); at 0 the likeliest is taken and nothing is drawn
3. top-k                tokens as likely as the k-th likeliest, or more
4. top-p                tokens as likely as the last that the likeliest need to reach p together
5. min-p                tokens at least min_p times as likely as the likeliest

Tokens that are equally likely stay or go together, so no order among them is needed. Sources:
Keskar et al. 2019 (CTRL, arXiv 1909.05858, section 4.1) for the penalty, which they divide by
whatever the sign, though that would favour what has a score below 0; Fan et al. 2018 (arXiv
1805.04833) for top-k; Holtzman et al. 2020 (arXiv 1904.09751) for top-p; Nguyen et al. 2024 (arXiv
2407.01082) for min-p.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


def _require(holds: bool, name: str, rule: str, found: float) -> None:
    if not holds:
        raise ValueError(f"{name} must be {rule}, not {found}")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. The default takes the likeliest, and draws nothing.

    temperature: 0 for the likeliest, below 1 bolder, above 1 flatter. top_k 0, top_p 1, min_p 0
    and repetition_penalty 1 leave all as it is. window: how many recent tokens the penalty looks
    at, those of the prompt included. seed: equal seeds draw equally, for each row of a batch as
    for it alone.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    window: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        _require(0 <= self.temperature < math.inf, "temperature", "0 or above", self.temperature)
        _require(self.top_k >= 0, "top_k", "0 (all) or above", self.top_k)
        _require(0 < self.top_p <= 1, "top_p", "above 0 and at most 1", self.top_p)
        _require(0 <= self.min_p <= 1, "min_p", "0 to 1", self.min_p)
        penalty = self.repetition_penalty
        _require(0 < penalty < math.inf, "repetition_penalty", "above 0 (1 for none)", penalty)
        _require(self.window >= 1, "window", "1 token or more", self.window)
        _require(0 <= self.seed < 2**63, "seed", "0 or above and below 2^63", self.seed)


GREEDY = Sampling()


def choose(
    scores: Tensor, sampling: Sampling, recent: Sequence[int], chance: torch.Generator
) -> int:
    """One token by its scores [vocabulary]; a draw takes one number from chance."""
    if sampling.temperature == 0:
        return int(_penalised(scores, sampling, recent).argmax())
    tokens, likely = shortlist(scores, sampling, recent)
    reached = likely.cumsum(0)
    drawn = torch.rand(1, generator=chance, dtype=torch.float64)
    # Divided by their own end the sums end in exactly 1, which no number drawn reaches.
    return int(tokens[torch.searchsorted(reached / reached[-1], drawn, right=True)])


def shortlist(scores: Tensor, sampling: Sampling, recent: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The tokens [N] that may be drawn at a temperature above 0, in order, and how likely each is.

    float64 [N], their sum 1 before the last two filters took some away.
    """
    x = _penalised(scores, sampling, recent)
    least = x.topk(min(sampling.top_k, len(x))).values[-1] if sampling.top_k else -torch.inf
    tokens = (x >= least).nonzero().squeeze(1)
    # The largest is taken off before the division: a small temperature must not make infinities.
    likely = ((x[tokens] - x.max()).double() / sampling.temperature).softmax(0)
    least = _least_for(sampling.top_p, likely) if sampling.top_p < 1 else 0.0
    least = max(least, sampling.min_p * float(likely.max()))
    kept = likely >= least
    return tokens[kept], likely[kept]


def _penalised(scores: Tensor, sampling: Sampling, recent: Sequence[int]) -> Tensor:
    """The scores, those of the tokens in the window made less likely; not changed in place."""
    if not torch.isfinite(scores.max()):
        raise ValueError("the scores are not finite: the weights or the state must be broken")
    penalty = sampling.repetition_penalty
    said = sorted(set(recent[-sampling.window :])) if penalty != 1 else []
    if not said:
        return scores
    found, x = scores[said], scores.clone()
    x[said] = torch.where(found > 0, found / penalty, found * penalty)
    return x


def _least_for(share: float, likely: Tensor) -> float:
    """The probability of the last token that the likeliest need to reach this share together."""
    # All tokens below (1 − share) / N miss less than 1 − share together: they are never needed.
    needed = likely[likely >= (1 - share) / len(likely)].sort(descending=True).values
    last = int(torch.searchsorted(needed.cumsum(0), share))
    return float(needed[min(last, len(needed) - 1)])
