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

    def with_rows(self, indices: Sequence[int], rows: RetNetState) -> RetNetState:
        """A new state in which row indices[i] is row i of `rows`; the others are as they were.

        Raises ValueError where an index stands twice or is not a row, or the numbers differ.
        """
        if len(indices) != rows.batch:
            raise ValueError(f"{rows.batch} rows cannot be put in {len(indices)} places")
        if len(set(indices)) < len(indices) or not all(0 <= i < self.batch for i in indices):
            raise ValueError(f"{list(indices)} are not different rows of {self.batch}")
        places = torch.tensor(list(indices), dtype=torch.int64, device=self.tensor.device)
        return RetNetState(self.tensor.index_copy(1, places, rows.tensor))

    def unstack(self) -> tuple[RetNetState, ...]:
        """Every row of the batch as a state of its own."""
        return tuple(self.rows([row]) for row in range(self.batch))

    def to(
        self, device: torch.device | None = None, dtype: torch.dtype | None = None
    ) -> RetNetState:
        """The state on a device, in float32 or wider: a live state in fewer bits loses its past."""
        if dtype not in (None, torch.float32, torch.float64):
            raise ValueError(f"a state is kept in float32 or float64, not {dtype}")
        return RetNetState(self.tensor.to(device=device, dtype=dtype))

    @property
    def batch(self) -> int:
        """How many rows stand side by side."""
        return int(self.tensor.shape[1])
