"""Training that holds less: what a layer or the head has made is made again when it is needed.

The activations of a layer are kept only while its own gradient is computed, for one more reading
of each layer; the scores of all next tokens never stand in memory together. Losses and gradients
are the same as without.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from retnet_core.model import RetNet, pace_of
from retnet_core.state import RetNetState

SLICE = 256  # tokens whose scores are made at once


def read_sparingly(
    model: RetNet, tokens: Tensor, state: RetNetState | None = None
) -> tuple[Tensor, RetNetState]:
    """What model(tokens, state) gives; each layer keeps only its input for the backward pass."""
    x = model.embed(tokens)
    if state is None:
        state = RetNetState.empty(model.config, len(x), x.device, x.dtype)
    pace = pace_of(model.config, x.device)
    after = []
    for layer, past in zip(model.layers, state.tensor, strict=True):
        x, now = checkpoint(
            layer, x, past, None, pace, use_reentrant=False, preserve_rng_state=False
        )
        after.append(now)
    return model.norm(x), RetNetState(torch.stack(after))


def sliced_loss(logits: Callable[[Tensor], Tensor], hidden: Tensor, targets: Tensor) -> Tensor:
    """The mean cross-entropy of targets [B, T] by the scores that logits makes of hidden [B, T, D].

    In slices of SLICE tokens, whose scores are made again for the backward pass.
    """
    total = hidden.new_zeros((), dtype=torch.float32)
    pairs = zip(hidden.flatten(0, 1).split(SLICE), targets.flatten().split(SLICE), strict=True)
    for some, wanted in pairs:
        total = total + checkpoint(
            _sum, logits, some, wanted, use_reentrant=False, preserve_rng_state=False
        )
    return total / targets.numel()


def _sum(logits: Callable[[Tensor], Tensor], hidden: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(logits(hidden).float(), targets, reduction="sum")
