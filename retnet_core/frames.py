"""States between two frames: ours, which moves with the text, and the one of absolute positions.

Elsewhere (fla, torchscale) a state holds every key turned by its position from the beginning of
the text, Σ_m γ^(T−1−m) (Rot(m) k_m)ᵀ v_m: it means nothing without T, which is kept beside it.
Ours holds keys turned to their place relative to the next token, Rot(m − T) (retention.py).
Between them lies one rotation, by the T tokens read so far.
"""

from __future__ import annotations

import torch
from torch import Tensor

from retnet_core.retention import Pace, Turn


def from_absolute(state: Tensor, tokens: int, pace: Pace) -> Tensor:
    """Our state [..., K, V] from an absolute one after so many tokens: Rot(−T) S."""
    return _turned(state, -tokens, pace)


def to_absolute(state: Tensor, tokens: int, pace: Pace) -> Tensor:
    """The absolute state [..., K, V] of ours after so many tokens: Rot(T) S."""
    return _turned(state, tokens, pace)


def _turned(state: Tensor, tokens: int, pace: Pace) -> Tensor:
    turn = Turn.by(tokens * pace.frequencies[:, None], torch.float64)
    return turn(state.double(), -2).to(state.dtype)
