"""Writing on: token after token from a state, at a cost that does not grow with what was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from retnet_core.model import RetNet
from retnet_core.state import RetNetState


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen: the likeliest at temperature 0, else drawn by seed.

    top_k: only the k likeliest are drawn from, 0 for all; top_p: only the likeliest that together
    reach this probability.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < float("inf"):
            raise ValueError(f"temperature must be 0 or above, not {self.temperature}")
        if self.top_k < 0:
            raise ValueError(f"top_k must be 0 (all) or above, not {self.top_k}")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be above 0 and at most 1, not {self.top_p}")


GREEDY = Sampling()


def write_on(
    model: RetNet,
    prompt: Sequence[int],
    state: RetNetState | None = None,
    sampling: Sampling = GREEDY,
    stop: frozenset[int] = frozenset(),
) -> Iterator[int]:
    """Read the prompt after the state (of one row), then give token ids until one of stop.

    The prompt has at least one token: what was read into a state no longer says what comes next.
    Without a stop it never ends: take as many as are wanted. The stopping token is not given.
    """
    if not prompt:
        raise ValueError("the prompt needs at least one token")
    chance = torch.Generator().manual_seed(sampling.seed)
    scores, state = _next(model, prompt, state)
    while (token := choose(scores, sampling, chance)) not in stop:
        yield token
        scores, state = _next(model, [token], state)


@torch.inference_mode()
def choose(scores: Tensor, sampling: Sampling, chance: torch.Generator) -> int:
    """One token by its scores [vocabulary]."""
    if sampling.temperature == 0:
        return int(scores.argmax())
    # Divided after the largest is taken off: a small temperature must not make infinities.
    ranked, tokens = ((scores - scores.max()) / sampling.temperature).sort(descending=True)
    weights = ranked.softmax(-1)
    before = weights.cumsum(-1) - weights  # what the likelier ones reach together
    kept = before < sampling.top_p
    if sampling.top_k:
        kept[sampling.top_k :] = False
    kept[0] = True
    return int(tokens[torch.multinomial(weights * kept, 1, generator=chance)])


@torch.inference_mode()
def _next(
    model: RetNet, tokens: Sequence[int], state: RetNetState | None
) -> tuple[Tensor, RetNetState]:
    """The scores of what follows the tokens [vocabulary], on the CPU, and the state after them."""
    ids = torch.tensor([list(tokens)], device=model.embeddings.weight.device)
    hidden, after = model(ids, state)
    return model.logits(hidden[0, -1]).float().cpu(), after
