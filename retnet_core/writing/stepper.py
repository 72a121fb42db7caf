"""Token after token at the least cost: the recurrent form in a frame that stands still for a while.

The co-moving frame (retention.py) turns the whole state at every token. Here the state stays where
it was at an anchor, and the token at index j after it is placed by Rot(j) instead:

    A_j = γ A_{j−1} + (Rot(j) k_j)ᵀ v_j,   o_j = (Rot(j) q_j) A_j,   S = Rot(−n) A_{n−1}.

After ANCHOR tokens the state is turned once, in float64, and the index begins anew, so that no
position grows. Letters: L layers, B batch, H heads, K key width, V value width, D width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from retnet_core.model import Block, RetNet, pace_of
from retnet_core.retention import Turn
from retnet_core.state import RetNetState

ANCHOR = 128  # tokens


class Stepper:
    """A model going on from a state, one token of each row at a time; changes no state it is given.

    Its own copy of the state is changed in place: it is for one caller and for inference only.
    """

    def __init__(self, model: RetNet, state: RetNetState) -> None:
        self._model = model
        self._layers = [layer for layer in model.layers if isinstance(layer, Block)]
        self._pace = pace_of(model.config, state.tensor.device)
        self._past = state.tensor.clone()  # [L, B, H, K, V], seen from the anchor
        self._index = 0  # tokens since the anchor
        places = torch.arange(ANCHOR, device=state.tensor.device)[:, None] * self._pace.frequencies
        self._cos = places.cos().repeat(1, 2).to(state.tensor.dtype).unbind(0)
        self._sin = torch.cat((-places.sin(), places.sin()), 1).to(state.tensor.dtype).unbind(0)
        self._decay = self._pace.decay(1).to(state.tensor.dtype)[:, None, None]  # [H, 1, 1]

    @torch.inference_mode()
    def step(self, tokens: Tensor) -> Tensor:
        """Read one token of each row [B]: the hidden vectors after it [B, D], normed."""
        if self._index == ANCHOR:
            self._past, self._index = self.state().tensor, 0
        x = self._model.embed(tokens)[:, None]  # [B, 1, D]
        for layer, past in zip(self._layers, self._past, strict=True):
            q, k, v, gate = layer.attn.project(layer.attn_norm(x))
            x = x + layer.attn.finish(self._retained(q, k, v, past).to(q.dtype), gate)
            x = x + layer.mlp(layer.mlp_norm(x))
        self._index += 1
        hidden: Tensor = self._model.norm(x)[:, 0]
        return hidden

    @torch.no_grad()
    def state(self) -> RetNetState:
        """The state after all that was read, in the co-moving frame; a new one."""
        if self._index == 0:
            return RetNetState(self._past.clone())
        # The γ of the steps was rounded to the type of the state; the rest of it is due here.
        rest = self._pace.decay(1)[:, None, None] / self._decay.double()
        turn = Turn.by(-self._index * self._pace.frequencies[:, None], torch.float64)
        now = turn(self._past.double(), -2) * rest**self._index
        return RetNetState(now.to(self._past.dtype))

    def rows(self, chosen: Sequence[int]) -> Stepper:
        """A stepper that goes on with these rows, one of them perhaps several times."""
        other = Stepper(self._model, RetNetState(self._past).rows(chosen))
        other._index = self._index
        return other

    def _retained(self, q: Tensor, k: Tensor, v: Tensor, past: Tensor) -> Tensor:
        """q and k [B, H, 1, K], v [B, H, 1, V]: the output [B, H, 1, V]; past is changed."""
        both = torch.cat((q, k), 2).to(past.dtype)  # [B, H, 2, K]
        halves = both.roll(both.shape[-1] // 2, -1)
        both = torch.addcmul(both * self._cos[self._index], halves, self._sin[self._index])
        past.mul_(self._decay).addcmul_(both[:, :, 1, :, None], v.to(past.dtype))
        return both[:, :, :1] @ past
