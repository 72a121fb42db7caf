"""A token of a single row on a processor, as quickly as its products allow.

Between two products a row needs a dozen operations on a thousand numbers. Each takes torch longer
to begin than to compute, the more so as the weights have just driven its code from the caches;
numpy begins one in a fraction of that. So torch multiplies, numpy does most of the rest, and both
see the same buffers. What is computed is what Block computes, in the frame of stepper.py.
Letters: L layers, H heads, K key width, V value width, D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retnet_core.alone import Product
from retnet_core.config import RetNetConfig
from retnet_core.held import Held
from retnet_core.model import Block, RetNet

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Layer:
    past: Tensor  # [H, K, V], changed in place
    project: Product  # to q, k, v and the gate
    finish: Product
    widen: Product  # to the gate of the feed-forward and what it lets through
    narrow: Product


class Single:
    """The steps of a held model for one row; the state that it is given is changed in place."""

    def __init__(self, model: RetNet, past: Tensor) -> None:
        """past [L, 1, H, K, V], float32, on the CPU: where `fits` says so."""
        blocks = [layer for layer in model.layers if isinstance(layer, Block)]
        self._layers = [_layer(*each) for each in zip(blocks, past[:, 0], strict=True)]
        self._retention = _Retention(model.config)
        self._feedforward = _FeedForward(blocks[0], model.config)
        self._table, self._gain = model.embeddings.weight, model.norm.weight.float().numpy()
        self._width, self._epsilon = model.config.width, model.config.norm_epsilon
        (self._x, self._sum), (self._unit, self._normed), (self._out, self._added) = (
            _shared(self._width) for _ in range(3)
        )

    @staticmethod
    def fits(model: RetNet, past: Tensor) -> bool:
        """Whether this is a held model on the CPU, and a state [L, B, H, K, V] of one row."""
        config = model.config
        own_keys = config.heads_written == config.heads
        one = past.shape[1] == 1 and past.dtype == torch.float32 and past.device.type == "cpu"
        return one and own_keys and isinstance(model.lm_head, Held)

    def step(self, token: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """The hidden vector after a token [1], normed: [1, D]; cos and sin of its place [2, H, K].

        The state is the one after it, seen from the anchor.
        """
        self._x.copy_(self._table[token])
        places = self._retention.places(cos), self._retention.places(sin)
        with np.errstate(over="ignore", invalid="ignore"):  # as torch: what is no number stays none
            for layer in self._layers:
                self._norm()
                self._retention.step(layer, self._unit, places, self._out)
                np.add(self._sum, self._added, out=self._sum)
                self._norm()
                self._feedforward.step(layer, self._unit, self._out)
                np.add(self._sum, self._added, out=self._sum)
            self._norm()
            hidden = self._normed * self._gain * np.float32(sqrt(self._width))
        return torch.from_numpy(hidden)[None]

    def _norm(self) -> None:
        """x / sqrt(Σ x² + D ε), as RMSNorm once its gain is given away."""
        x = self._sum
        np.divide(x, sqrt(x.dot(x) + self._width * self._epsilon), out=self._normed)


class _Retention:
    """What Retention and a stepper's frame do with a row, in buffers that all layers share."""

    def __init__(self, config: RetNetConfig) -> None:
        heads, keys, values = config.heads, config.key_width, config.value_width
        self._least = values * config.norm_epsilon
        self._all = torch.empty(1, 2 * heads * (keys + values))
        both, v, self._gate = self._all.split((2 * heads * keys, heads * values, heads * values), 1)
        self._both: Floats = both.view(2, heads, 2, keys // 2).numpy()  # of q and k, each half
        self._halves = self._both[:, :, ::-1]
        self._turned, self._part = np.empty_like(self._both), np.empty_like(self._both)
        q, k = torch.from_numpy(self._turned).view(2, heads, keys).unbind()
        self._q, self._k, self._v = q[:, None], k[:, :, None], v.view(heads, 1, values)
        self._retained = torch.empty(heads, 1, values)
        self._heads: Floats = self._retained[:, 0].numpy()
        self._length = np.empty((heads, 1), np.float32)
        self._gated = torch.empty(1, heads * values)

    def places(self, table: Tensor) -> Floats:
        """A row of cosines or sines [2, H, K], as it is multiplied here: each half apart."""
        found: Floats = table.numpy().reshape(self._both.shape)
        return found

    def step(self, layer: _Layer, unit: Tensor, places: tuple[Floats, Floats], out: Tensor) -> None:
        """unit [1, D], normed: what the layer adds to its input, into out [1, D]."""
        cos, sin = places
        layer.project(unit, self._all)
        np.multiply(self._both, cos, out=self._turned)
        np.multiply(self._halves, sin, out=self._part)
        np.add(self._turned, self._part, out=self._turned)
        layer.past.addcmul_(self._k, self._v)
        torch.bmm(self._q, layer.past, out=self._retained)
        self._norm()
        torch.mul(F.silu(self._gate), self._retained.view(1, -1), out=self._gated)
        layer.finish(self._gated, out)

    def _norm(self) -> None:
        """Each head divided by sqrt(Σ x² + V ε)."""
        np.vecdot(self._heads, self._heads, out=self._length[:, 0])
        np.add(self._length, self._least, out=self._length)
        np.divide(self._heads, np.sqrt(self._length, out=self._length), out=self._heads)


class _FeedForward:
    """What FeedForward does with a row, in buffers that all layers share."""

    def __init__(self, block: Block, config: RetNetConfig) -> None:
        self._activation = block.mlp.activation
        self._both = torch.empty(1, 2 * config.feedforward)
        self._gate, self._up = self._both.chunk(2, 1)
        self._gated = torch.empty(1, config.feedforward)

    def step(self, layer: _Layer, unit: Tensor, out: Tensor) -> None:
        """unit [1, D], normed: what the layer adds to its input, into out [1, D]."""
        layer.widen(unit, self._both)
        torch.mul(self._activation(self._gate), self._up, out=self._gated)
        layer.narrow(self._gated, out)


def _layer(block: Block, past: Tensor) -> _Layer:
    return _Layer(
        past,
        _alone(block.attn.held),
        _alone(block.attn.o_proj),
        _alone(block.mlp.held),
        _alone(block.mlp.down_proj),
    )


def _alone(product: nn.Module | None) -> Product:
    if not isinstance(product, Held):
        raise TypeError("only a held model takes single steps in this way")
    return product.alone()


def _shared(width: int) -> tuple[Tensor, Floats]:
    """Numbers that torch sees as [1, width] and numpy as [width]."""
    numbers = np.empty(width, np.float32)
    return torch.from_numpy(numbers)[None], numbers
