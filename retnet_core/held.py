"""Weights held for inference: matrices of one input side by side, rounded as far as is wanted.

Letters: M rows of input, D their width, N rows of weights.

    float32   as they are
    bfloat16  products in bfloat16, half the memory
    int8      one scale for each row of weights, and one for each row of input as it comes, so that
              the result of a row does not depend on the rows beside it; sums are exact in int32

Held weights cannot be trained. `hold` (holding.py) does this to a whole model.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retnet_core.alone import Product, product_of_one

Kind = Literal["float32", "bfloat16", "int8"]

# Added to a float32 between −128 and 127 it leaves that number, rounded to the nearest, plus 128 in
# the lowest byte: from 2^23 on the steps of float32 are 1.
_ROUNDING = 2.0**23 + 128


class Held(nn.Module):
    """x [..., D] times matrices [Nᵢ, D], all at once: [..., ΣNᵢ]."""

    def __init__(self, matrices: Sequence[Tensor], kind: Kind) -> None:
        super().__init__()
        self.sizes, self.width = [len(matrix) for matrix in matrices], matrices[0].shape[1]
        self.dtype = torch.float32 if kind == "float32" else torch.bfloat16
        whole = torch.cat(list(matrices)) if len(matrices) > 1 else matrices[0]
        self.product = Rounded(whole) if kind == "int8" else Cast(whole.to(self.dtype))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.product(x)
        return out

    def split(self, x: Tensor) -> tuple[Tensor, ...]:
        """The products one by one: [..., Nᵢ]."""
        out: tuple[Tensor, ...] = self.product(x).split(self.sizes, -1)
        return out

    def alone(self) -> Product:
        """The product of a single row, without what it takes to tell one row from several."""
        return self.product.alone()


class Cast(nn.Module):
    """A matrix [N, D] in its own type, which is that of the result."""

    weight: Tensor

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        self.packed = matrix.dtype == torch.bfloat16 and onednn_packs(matrix.device)
        if self.packed:
            matrix = torch.ops.mkldnn._reorder_linear_weight(matrix.contiguous(), None)
        self.register_buffer("weight", matrix)

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(self.weight.dtype)
        if not self.packed:
            return F.linear(x, self.weight)
        out: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, None, "none", [], "")
        return out

    def alone(self) -> Product:
        return lambda row, out: out.copy_(self.forward(row))


class Rounded(nn.Module):
    """A matrix [N, D] in int8, row n worth scale[n] a step; the result is float32.

    Rows of input are rounded too and multiplied in integers. A single row waits for the memory and
    not for the arithmetic: it meets a second copy of the matrix in an order made for it (alone.py),
    which is made when the first such row comes.
    """

    weight: Tensor
    scale: Tensor
    zeros: Tensor

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        matrix = matrix.float()
        scale = matrix.abs().amax(dim=1).clamp(min=1e-30) / 127
        weight = (matrix / scale[:, None]).round_().to(torch.int8)
        self.width = matrix.shape[1]
        self.packed = onednn_packs(matrix.device)
        if self.packed:
            weight = torch.ops.onednn.qlinear_prepack(weight, None)
        self.register_buffer("weight", weight)
        self.register_buffer("scale", scale)
        self.register_buffer("zeros", torch.zeros(len(scale), dtype=torch.int64))
        self._alone: Product | None = None

    def forward(self, x: Tensor) -> Tensor:
        if not self.packed:
            return F.linear(x.float(), self.weight.float()) * self.scale
        shape = (*x.shape[:-1], len(self.scale))
        if x.numel() == 0:
            return x.new_empty(shape, dtype=torch.float32)
        rows = x.flatten(0, -2).float()  # [M, D]
        if len(rows) > 1:
            return self._several(rows).view(shape)
        return self.alone()(rows, rows.new_empty(1, shape[-1])).view(shape)

    def alone(self) -> Product:
        if not self.packed:
            return lambda row, out: out.copy_(self.forward(row))
        if self._alone is None:
            quickest = product_of_one(self._unpacked(), self.scale)
            self._alone = quickest or (lambda row, out: out.copy_(self._several(row)))
        return self._alone

    def _several(self, rows: Tensor) -> Tensor:
        """rows ≈ (codes − 128) · step."""
        largest = torch.maximum(rows.amax(1, True), -rows.amin(1, True))  # quicker than abs first
        step = largest.clamp_(min=1e-30).div_(127)  # [M, 1]
        shifted = torch.addcmul(torch.full((1,), _ROUNDING), rows, step.reciprocal())
        return self._product(shifted.view(torch.int32).to(torch.uint8)).mul_(step)

    def _product(self, codes: Tensor) -> Tensor:
        """(codes − 128) [M, D] times the matrix: [M, N]."""
        out: Tensor = torch.ops.onednn.qlinear_pointwise(
            codes, 1.0, 128, self.weight, self.scale, self.zeros, None,
            1.0, 0, torch.float32, "none", [], "",
        )  # fmt: skip
        return out

    def _unpacked(self) -> Tensor:
        """The int8 matrix in plain order, by its products with the unit vectors."""
        codes = torch.full((self.width, self.width), 128, dtype=torch.uint8)
        codes.fill_diagonal_(129)
        return (self._product(codes) / self.scale).round_().to(torch.int8).T.contiguous()


def quickest() -> Kind:
    """How weights are best held on this processor without losing anything that shows."""
    return "bfloat16" if onednn_packs(torch.device("cpu")) else "float32"


def multiplies_bfloat16() -> bool:
    """Whether this processor does so at speed; builds without oneDNN never say so."""
    available: bool = torch.backends.mkldnn.is_available()
    return available and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def onednn_packs(device: torch.device) -> bool:
    """Whether torch has weights in oneDNN's own order here, and quick products with them."""
    return (
        device.type == "cpu"
        and multiplies_bfloat16()
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
        and platform.machine() in ("x86_64", "AMD64")
    )
