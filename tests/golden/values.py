"""Weights and tokens made from sines: the same in the scripts that make golden files and in tests.

A golden file therefore holds what came out, not what went in. Needs torch and nothing else, for
the scripts run in an environment that has the other implementation and not this project's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zlib import crc32

import torch
from torch import Tensor

Shape = tuple[int, ...]


def weights(shapes: Mapping[str, Shape]) -> dict[str, Tensor]:
    """A float32 tensor for every name: norms around 1, products that quarter a variance."""
    return {name: _weight(name, shape) for name, shape in shapes.items()}


def _weight(name: str, shape: Shape) -> Tensor:
    steps = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    # Squared steps: with plain ones every matrix would have rank two.
    drawn = torch.sin(0.37 * steps.square() + crc32(name.encode()) % 97)
    if len(shape) == 1:
        return (1 + 0.3 * drawn).float()
    return drawn.view(shape).mul((2 * shape[-1]) ** -0.5).float()


def tokens(length: int, vocabulary: int) -> Tensor:
    """Token ids [T] that follow no short period."""
    steps = torch.arange(1, length + 1, dtype=torch.int64)
    return (steps.pow(3) + 7 * steps) % 1009 % vocabulary


def shapes_of(named: Iterable[tuple[str, Tensor]]) -> dict[str, Shape]:
    """The shape under each name, as weights() takes them."""
    return {name: tuple(tensor.shape) for name, tensor in named}
