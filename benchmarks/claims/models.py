"""The two kinds of model that the paper compares, built and called alike."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from benchmarks.transformer import Transformer, peer
from retnet_core.config import RetNetConfig
from retnet_core.model import RetNet

Kind = Literal["retnet", "transformer"]
KINDS: tuple[Kind, ...] = ("retnet", "transformer")
SPREAD = 0.02  # standard deviation of the first weights


def build(kind: Kind, config: RetNetConfig, seed: int) -> RetNet | Transformer:
    """A RetNet of this shape or its Transformer, with first weights of one and the same kind.

    Normal with the same spread in every matrix, narrower by sqrt(2 L) where a layer adds to its
    input; norms begin at 1.
    """
    model = RetNet(config) if kind == "retnet" else Transformer(peer(config))
    chance = torch.Generator().manual_seed(seed)
    for name, weight in model.named_parameters():
        if weight.dim() == 2:
            adds = name.endswith(("o_proj.weight", "down_proj.weight"))
            spread = SPREAD / (2 * config.layers) ** 0.5 if adds else SPREAD
            nn.init.normal_(weight, std=spread, generator=chance)
    return model


def hidden(model: RetNet | Transformer, tokens: Tensor) -> Tensor:
    """What the model makes of whole texts [B, T], read from nothing: [B, T, D]."""
    out: Tensor = model(tokens)[0] if isinstance(model, RetNet) else model(tokens)
    return out
