"""This project's RetNet, its weights held in each way; with the machine's own rate beside it."""

from __future__ import annotations

import time

import torch

from benchmarks.claims.models import build as drawn
from benchmarks.rivals.contender import text
from retnet_core.config import RetNetConfig
from retnet_core.held import Kind
from retnet_core.holding import hold
from retnet_core.model import RetNet
from retnet_core.sizes import parameters
from retnet_core.state import RetNetState
from retnet_core.writing.stepper import Stepper

KINDS: tuple[Kind, ...] = ("float32", "bfloat16", "int8")
SITTING = 4096  # tokens that a caller hands over at once
SIDE = 2048  # of the matrices whose product is the machine's rate
LARGE = 1 << 28  # bytes of a tensor that is fetched whole


class Ours:
    """Reads in sittings; to write, its state is random numbers, as is the cache of a Llama."""

    def __init__(self, config: RetNetConfig, kind: str) -> None:
        self._config = config
        model = drawn("retnet", config, 0)
        assert isinstance(model, RetNet)
        weights = next(each for each in KINDS if each == kind)
        self._model = hold(model, weights)
        self._state = RetNetState.empty(config)

    def parameters(self) -> int:
        return parameters(self._config)

    def room(self, tokens: int) -> None:
        """None is needed."""

    @torch.inference_mode()
    def read(self, tokens: int) -> None:
        state, hidden = RetNetState.empty(self._config), torch.empty(0)
        for sitting in text(tokens, self._config.vocabulary).split(SITTING, dim=1):
            hidden, state = self._model(sitting, state)
        self._model.logits(hidden[:, -1])

    def stand(self, context: int) -> int:
        self._state = RetNetState(torch.randn_like(self._state.tensor))
        return self._state.tensor.nbytes

    @torch.inference_mode()
    def write(self, tokens: int) -> None:
        stepper, token = Stepper(self._model, self._state), torch.zeros(1, dtype=torch.int64)
        for _ in range(tokens):
            token = self._model.logits(stepper.step(token)).argmax(-1)


class Product:
    """The product of two square bfloat16 matrices: what a reader could reach at most."""

    def __init__(self) -> None:
        chance = torch.Generator().manual_seed(0)
        self._a, self._b = (torch.randn(SIDE, SIDE, generator=chance).bfloat16() for _ in "ab")

    def rate(self) -> float:
        """Operations a second of one product."""
        start = time.perf_counter()
        torch.mm(self._a, self._b)
        return 2 * SIDE**3 / (time.perf_counter() - start)


class Memory:
    """A tensor larger than all caches, fetched whole: what a writer could reach at most."""

    def __init__(self) -> None:
        self._large = torch.ones(LARGE // 4)
        self.size = self._large.nbytes

    def fetch(self) -> None:
        """All of it, once."""
        self._large.sum()

    def rate(self) -> float:
        """Bytes a second."""
        start = time.perf_counter()
        self.fetch()
        return self.size / (time.perf_counter() - start)


def build(config: RetNetConfig, kind: str) -> Ours:
    return Ours(config, kind)
