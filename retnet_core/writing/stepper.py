"""Token after token at the least cost: the recurrent form in a frame that stands still for a while.

The co-moving frame (retention.py) turns and fades the whole state at every token. Here the state
stays as it was at an anchor, S, and the token at index j after it is placed by Rot(j) and weighed
by γ^−(j+1) instead, so that a token is added and nothing else is touched:

    A_j = A_{j−1} + (γ^−(j+1) Rot(j) k_j)ᵀ v_j,   o_j = (γ^(j+1) Rot(j) q_j) A_j,   A_{−1} = S.

After n tokens the state is S = γ^n Rot(−n) A_{n−1}. Before the weights have grown by GROWTH, and
after ANCHOR tokens at most, it is turned and faded once, in float64, and the index begins anew: no
number grows with the position. Letters: L layers, B batch, H heads, K key width, V value width,
D width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from retnet_core.model import Block, RetNet, pace_of
from retnet_core.retention import Pace, Turn
from retnet_core.state import RetNetState
from retnet_core.writing.single import Single

ANCHOR = 128  # tokens
GROWTH = 1e9  # of the weight of a token, against that of the first after the anchor


class Stepper:
    """A model going on from a state, one token of each row at a time; changes no state it is given.

    Its own copy of the state is changed in place: it is for one caller and for inference only.
    """

    def __init__(self, model: RetNet, state: RetNetState) -> None:
        self._model = model
        self._layers = [layer for layer in model.layers if isinstance(layer, Block)]
        self._pace = pace_of(model.config, state.tensor.device)
        self._past = state.tensor.detach().clone()  # [L, B, H, K, V], seen from the anchor
        self._index = 0  # tokens since the anchor
        self._cos, self._sin = _places(self._pace, state.tensor.dtype)
        self._single: Single | None = None  # made when the first token comes

    @torch.inference_mode()
    def step(self, tokens: Tensor) -> Tensor:
        """Read one token of each row [B]: the hidden vectors after it [B, D], normed."""
        if self._index == len(self._cos):
            self._past.copy_(self.state().tensor)
            self._index = 0
        cos, sin = self._cos[self._index], self._sin[self._index]
        if Single.fits(self._model, self._past):
            self._single = self._single or Single(self._model, self._past)
            hidden = self._single.step(tokens, cos, sin)
        else:
            hidden = self._together(tokens, cos, sin)
        self._index += 1
        return hidden

    @torch.no_grad()
    def state(self) -> RetNetState:
        """The state after all that was read, in the co-moving frame; a new one."""
        if self._index == 0:
            return RetNetState(self._past.clone())
        turn = Turn.by(-self._index * self._pace.frequencies[:, None], torch.float64)
        now = turn(self._past.double(), -2) * self._pace.decay(self._index)[:, None, None]
        return RetNetState(now.to(self._past.dtype))

    def rows(self, chosen: Sequence[int]) -> Stepper:
        """A stepper that goes on with these rows, one of them perhaps several times."""
        other = Stepper(self._model, RetNetState(self._past).rows(chosen))
        other._index = self._index
        return other

    def _together(self, tokens: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """One token of each row [B]; cos and sin of its place [2, H, K]."""
        x = self._model.embed(tokens)[:, None]  # [B, 1, D]
        for layer, past in zip(self._layers, self._past, strict=True):
            both, v, gate = layer.attn.project_one(layer.attn_norm(x))
            x = x + layer.attn.finish(_retained(both, v, past, cos, sin).to(v.dtype), gate)
            x = x + layer.mlp(layer.mlp_norm(x))
        hidden: Tensor = self._model.norm(x)[:, 0]
        return hidden


def _retained(both: Tensor, v: Tensor, past: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """both [B, 2, H, K], q and k; v [B, H, 1, V]: the output [B, H, 1, V]; past is changed."""
    both = both.to(past.dtype)
    halves = both.roll(both.shape[-1] // 2, -1)
    both = torch.addcmul(both * cos, halves, sin)
    past.addcmul_(both[:, 1, :, :, None], v.to(past.dtype))
    return torch.bmm(both[:, 0].flatten(0, 1)[:, None], past.flatten(0, 1)).view(v.shape)


def _places(pace: Pace, dtype: torch.dtype) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Cosines and sines [2, H, K] of each index after the anchor, times the weights of q and k."""
    steepest = -float(pace.log_decay.min())
    span = max(1, min(ANCHOR, int(math.log(GROWTH) / steepest)))
    index = torch.arange(span, device=pace.log_decay.device)
    weight = torch.exp(pace.log_decay * (index[:, None] + 1))
    weights = torch.stack((weight, 1 / weight), 1)[..., None]  # [n, 2, H, 1]
    angles = (index[:, None] * pace.frequencies)[:, None, None]  # [n, 1, 1, K/2]
    cos = angles.cos().repeat(1, 1, 1, 2) * weights
    sin = torch.cat((-angles.sin(), angles.sin()), -1) * weights
    return cos.to(dtype).unbind(0), sin.to(dtype).unbind(0)
