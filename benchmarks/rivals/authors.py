"""torchscale, the code of RetNet's authors: it reads in the parallel form and writes step by step.

A step is given the whole text so far, as its own code gives it, and looks at the last token. Its
chunkwise form returns no state (docs/known_failures.md), so there is nothing to write on from: the
state here is that of a first token, which costs the same.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.rivals.contender import must_fit, text
from retnet_core.config import RetNetConfig

KINDS = ("float32", "bfloat16")
SQUARES = 4  # float32 numbers that the parallel form holds for each pair of tokens of a head


class Authors:
    """RetNetDecoder of the same shape; bfloat16 means autocast."""

    def __init__(self, config: RetNetConfig, kind: str) -> None:
        _without_timm()
        shape = import_module("torchscale.architecture.config").RetNetConfig(
            vocab_size=config.vocabulary,
            decoder_embed_dim=config.width,
            decoder_value_embed_dim=config.heads * config.value_width,
            decoder_retention_heads=config.heads,
            decoder_ffn_embed_dim=config.feedforward,
            decoder_layers=config.layers,
            share_decoder_input_output_embed=config.tied_head,
        )
        decoder = import_module("torchscale.architecture.retnet").RetNetDecoder
        embeddings = nn.Embedding(config.vocabulary, config.width)
        self._model = decoder(shape, embed_tokens=embeddings).eval()
        self._config, self._quick = config, kind == "bfloat16"
        self._text = torch.zeros(1, 1, dtype=torch.int64)
        self._past: dict[Any, Any] = {}

    def parameters(self) -> int:
        return sum(weight.numel() for weight in self._model.parameters())

    def room(self, tokens: int) -> None:
        must_fit(SQUARES * 4 * self._config.heads * tokens**2)

    @torch.inference_mode()
    def read(self, tokens: int) -> None:
        hidden = self._call(text(tokens, self._config.vocabulary), None)
        self._model.output_layer(hidden[:, -1].float())

    @torch.inference_mode()
    def stand(self, context: int) -> int:
        self._text = text(context, self._config.vocabulary)
        self._past = {}
        self._call(self._text, self._past)
        tensors = (t for layer in self._past.values() for t in layer.values())
        return sum(t.nbytes for t in tensors if isinstance(t, Tensor))

    @torch.inference_mode()
    def write(self, tokens: int) -> None:
        said = self._text
        for _ in range(tokens):
            hidden = self._call(said, self._past)
            token = self._model.output_layer(hidden[:, -1].float()).argmax(-1)
            said = torch.cat((said, token[None]), dim=1)

    def _call(self, tokens: Tensor, past: dict[Any, Any] | None) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self._quick):
            hidden: Tensor
            hidden, _ = self._model(tokens, past, features_only=True)
            return hidden


def _without_timm() -> None:
    """Stand in for the one function that it takes from timm, which only training calls."""
    if "timm.models.layers" not in sys.modules:
        layers = ModuleType("timm.models.layers")
        layers.drop_path = None  # type: ignore[attr-defined]
        sys.modules |= {"timm": ModuleType("timm"), "timm.models": ModuleType("timm.models")}
        sys.modules["timm.models.layers"] = layers


def build(config: RetNetConfig, kind: str) -> Authors:
    return Authors(config, kind)
