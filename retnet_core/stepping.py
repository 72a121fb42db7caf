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


def empty_row(model: RetNet) -> RetNetState:
    """The state of one row before its first token, of the type that the model makes itself."""
    weight = model.embeddings.weight
    wide = torch.promote_types(weight.dtype, torch.float32)
    return RetNetState.empty(model.config, 1, weight.device, wide)
