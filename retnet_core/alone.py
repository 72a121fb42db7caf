"""One row of input against an int8 matrix: what writing does, token after token.

A single row waits for the memory and not for the arithmetic, so what counts is that the matrix lies
in the order in which it is fetched. Two of torch's products do that:

    FBGEMM     rounds the row to 256 steps; as quick as the memory
    tinygemm   leaves the row in bfloat16; a third of the speed, widths that 16 divides only

torch announces that its door to FBGEMM will close one day; the other is taken then.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch
from torch import Tensor

Product = Callable[[Tensor, Tensor], Tensor]
"""A row [1, D] times the matrix, into a row [1, N] that is given back; both float32."""


def product_of_one(codes: Tensor, scale: Tensor) -> Product | None:
    """The quickest product with codes [N, D], int8, times scale [N]; None where there is none."""
    if has_fbgemm():
        return _Fbgemm(codes, scale)
    if codes.shape[1] % 16 == 0:  # it reads past the rows of other widths
        return _Tinygemm(codes, scale)
    return None


def has_fbgemm() -> bool:
    """Whether this torch multiplies by way of FBGEMM."""
    engines = torch.backends.quantized.supported_engines
    return "fbgemm" in engines and hasattr(torch, "fbgemm_linear_int8_weight_fp32_activation")


class _Fbgemm:
    def __init__(self, codes: Tensor, scale: Tensor) -> None:
        self._scale, self._zeros = scale, torch.zeros_like(scale)
        self._shape = codes.new_empty(1).expand(codes.shape)  # of the codes only this is asked
        self._sums = codes.sum(1, dtype=torch.int32)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="fbgemm_")
            self._packed = torch.fbgemm_pack_quantized_matrix(codes)
            # The first product announces its end.
            self(torch.zeros(1, codes.shape[1]), torch.empty(1, codes.shape[0]))

    def __call__(self, row: Tensor, out: Tensor) -> Tensor:
        """All NaN gives NaN; a single NaN among numbers may go unnoticed."""
        steps = torch.fbgemm_linear_int8_weight_fp32_activation(
            row, self._shape, self._packed, self._sums, 1.0, 0, self._zeros
        )
        return torch.mul(steps, self._scale, out=out)


class _Tinygemm:
    def __init__(self, codes: Tensor, scale: Tensor) -> None:
        self._codes, self._scale = codes, scale.bfloat16()

    def __call__(self, row: Tensor, out: Tensor) -> Tensor:
        return out.copy_(torch._weight_int8pack_mm(row.bfloat16(), self._codes, self._scale))
