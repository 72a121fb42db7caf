"""Running text for language modelling: endless rows, each with its carried state."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


class Streams:
    """Rows of text that go on from step to step; sources in blocks, drawn by weight.

    A row is a sequence of blocks of BLOCK consecutive tokens of one source. What a row reads at a
    step depends on the seed and the step alone.
    """

    BLOCK = 8192

    def __init__(self, folder: Path, weights: Mapping[str, float], seed: int) -> None:
        self.names = sorted(weights)
        self.tokens = [np.load(folder / name / "tokens.npy", mmap_mode="r") for name in self.names]
        shares = np.asarray([weights[name] for name in self.names])
        self.shares = shares / shares.sum()
        self.seed = seed

    def rows(self, step: int, rows: int, length: int) -> Tensor:
        """The tokens [rows, length + 1] of a step: inputs and, one further, targets."""
        return torch.stack([self._row(row, step * length, length + 1) for row in range(rows)])

    def _row(self, row: int, first: int, length: int) -> Tensor:
        block, offset = divmod(first, self.BLOCK)
        parts = [self._block(row, block)[offset : offset + length]]
        if len(parts[0]) < length:
            parts.append(self._block(row, block + 1)[: length - len(parts[0])])
        return torch.from_numpy(np.concatenate(parts).astype(np.int64))

    def _block(self, row: int, block: int) -> npt.NDArray[np.uint16]:
        chance = np.random.default_rng([self.seed, row, block])
        tokens = self.tokens[int(chance.choice(len(self.tokens), p=self.shares))]
        start = int(chance.integers(max(1, len(tokens) - self.BLOCK)))
        # A source shorter than a block is repeated in it.
        return np.resize(tokens[start : start + self.BLOCK], self.BLOCK)
