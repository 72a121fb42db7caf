"""What a RetNet remembers: one tensor of constant size, without any position in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from retnet_core.config import RetNetConfig


@dataclass(frozen=True, slots=True, eq=False)
class RetNetState:
    """The retention states of all layers: tensor [L, B, H, K, V], float32 or wider.

    Kept in the co-moving frame (see retention.py): equal pasts give equal states wherever in the
    document they were read, so rows of different documents may stand side by side in a batch.
    """

    tensor: Tensor

    @staticmethod
    def empty(
        config: RetNetConfig,
        batch: int = 1,
        device: torch.device | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> RetNetState:
        """The state before the first token."""
        shape = (config.layers, batch, config.heads, config.key_width, config.value_width)
        return RetNetState(torch.zeros(shape, device=device, dtype=dtype))

    @staticmethod
    def stack(states: Sequence[RetNetState]) -> RetNetState:
        """Several states as the rows of one batch, in order."""
        return RetNetState(torch.cat([state.tensor for state in states], dim=1))

    def rows(self, indices: Sequence[int]) -> RetNetState:
        """The chosen rows of the batch, in the given order; a row may be taken repeatedly."""
        return RetNetState(self.tensor[:, list(indices)])

    @property
    def batch(self) -> int:
        return int(self.tensor.shape[1])
