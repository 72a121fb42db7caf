"""What a state from before gives to what comes after it, apart from the tokens read since.

Retention is linear in its state (paper, eq. 6): what queries read, and the state they leave, is
the part that the past gives plus the part that the new tokens give from an empty past. So the past
may be aged by another number of tokens in every row of a batch.

Letters: B batch, H heads, T time, K key width, V value width. The frame is that of retention.py.
"""

from __future__ import annotations

import torch
from torch import Tensor

from retnet_core.retention import Pace, Turn


def advance(state: Tensor, tokens: int | Tensor, pace: Pace) -> Tensor:
    """The state [..., B, H, K, V] seen `tokens` later with nothing read between: γ^C Rot(−C) S.

    tokens: one number, or one for each row [B]; 0 gives the same numbers. Computed in float64.
    """
    passed = torch.as_tensor(tokens, dtype=torch.float64, device=state.device).view(-1, 1, 1, 1)
    turn = Turn.by(-passed * pace.frequencies[:, None], torch.float64)
    later = turn(state.double(), -2) * torch.exp(pace.log_decay[:, None, None] * passed)
    return later.to(state.dtype)


def recall(q: Tensor, state: Tensor, first: Tensor, pace: Pace) -> Tensor:
    """What queries [B, H, T, K] read of a state [B, H, K, V]: γ^(n+1) (Rot(n) q_n) S, [B, H, T, V].

    first [B]: the index of the token that follows the state, where n is 0; what is given for the
    queries in front of it means nothing, but is finite.
    """
    n = torch.arange(q.shape[2], device=q.device) - first[:, None]  # [B, T]
    place = Turn.by(n[:, None, :, None] * pace.frequencies, q.dtype)
    passed = (n + 1).clamp(min=0)[:, None]  # [B, 1, T]
    faded = torch.exp(pace.log_decay[:, None] * passed)[..., None].to(q.dtype)
    return (place(q, -1) * faded) @ state.to(q.dtype)


def resumed(
    out: Tensor, since: Tensor, q: Tensor, state: Tensor, skipped: Tensor, pace: Pace
) -> tuple[Tensor, Tensor]:
    """What an empty past gave, out [B, H, T, V] and since [B, H, K, V], with the state before it.

    The state does not age by the first skipped [B] tokens, which are padding.
    """
    later = advance(state, q.shape[2] - skipped, pace)
    return out + recall(q, state, skipped, pace), since + later


def padding(written: Tensor) -> Tensor:
    """How many tokens of each row [B] stand in front of the first that is written [B, T]."""
    return (written.cumsum(1) == 0).sum(1)
