"""A RetNet small enough for every test, and its weights as the oracle reads them."""

from __future__ import annotations

import torch
from torch import Tensor

from retnet_core.config import RetNetConfig
from retnet_core.model import RetNet
from tests import oracle

CONFIG = RetNetConfig(
    vocabulary=29, width=12, layers=2, key_width=4, value_width=6, feedforward=10,
    decay_exponents=(1.5, 6.0, 13.0),
)  # fmt: skip


def model(dtype: torch.dtype = torch.float64, config: RetNetConfig = CONFIG) -> RetNet:
    """Weights from sines: the same on every machine and in every version of torch."""
    built = RetNet(config).to(torch.float64).requires_grad_(False)
    for number, weight in enumerate(built.parameters()):
        steps = torch.arange(weight.numel(), dtype=torch.float64)
        weight.copy_((torch.sin(steps * 1.7 + number) * 0.6 + (weight.dim() == 1)).view_as(weight))
    return built.to(dtype)


def weights(built: RetNet) -> dict[str, oracle.Array]:
    return {name: weight.double().numpy() for name, weight in built.state_dict().items()}


def text(length: int, batch: int = 1, seed: int = 0) -> Tensor:
    """Random tokens [B, T]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, CONFIG.vocabulary, (batch, length), generator=generator)
