"""The one place where writing calls the model: what is read, and the scores of what comes next."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from retnet_core.model import RetNet
from retnet_core.state import RetNetState

SEGMENT = 2048  # tokens of a row read in one call, so that a long prompt takes no more memory


@torch.inference_mode()
def read(
    model: RetNet, rows: Sequence[Sequence[int]], state: RetNetState | None
) -> tuple[Tensor, RetNetState]:
    """Rows of tokens, all equally long, read after a state of as many rows.

    Gives the hidden vector of each row's last token [B, D], and the state after them.
    """
    tokens = torch.tensor([list(row) for row in rows], device=model.embeddings.weight.device)
    if state is not None:
        state = RetNetState(state.tensor.to(tokens.device))
    first, *others = tokens.split(SEGMENT, dim=1)
    hidden, after = model(first, state)
    for segment in others:
        hidden, after = model(segment, after)
    return hidden[:, -1], after


@torch.inference_mode()
def score(model: RetNet, hidden: Tensor) -> Tensor:
    """The scores of the next token [B, vocabulary], float32 or wider, on the CPU."""
    scores = model.logits(hidden)
    return scores.to("cpu", torch.promote_types(scores.dtype, torch.float32))


def row_of(model: RetNet, state: RetNetState | None) -> RetNetState:
    """A state of one row where the model is; None is the state before the first token."""
    weight = model.embeddings.weight
    if state is not None:
        return RetNetState(state.tensor.to(weight.device))
    wide = torch.promote_types(weight.dtype, torch.float32)  # as the model itself begins
    return RetNetState.empty(model.config, 1, weight.device, wide)
