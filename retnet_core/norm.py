"""Root-mean-square norm with its gradient written out.

torch's own is a chain of small products on a CPU: its backward pass takes four to five times as
long as this one, and under autocast its mixed types take the slowest of its paths.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class RMSNorm(nn.Module):
    """x / sqrt(mean(x²) + ε) · weight over the last dimension of x [..., T, D], in its type.

    Once its weight is folded into the products that follow (holding.py), and the √D of the mean
    with it, what remains is x / sqrt(Σ x² + D ε).
    """

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.weight = nn.Parameter(torch.ones(width))
        self.least: Tensor | None = None  # sqrt(D ε), once the weight is folded away

    def forward(self, x: Tensor) -> Tensor:
        if self.least is not None:
            unit: Tensor = x / torch.hypot(_length(x), self.least)
            return unit
        out: Tensor = _Normed.apply(x, self.weight, self.epsilon)  # type: ignore[no-untyped-call]
        return out

    def fold(self) -> Tensor:
        """Give away the gain [D], float32: what the next product has to multiply x with, once."""
        width = len(self.weight)
        gain: Tensor = self.weight.float() * width**0.5
        del self.weight
        self.least = torch.tensor((width * self.epsilon) ** 0.5)
        return gain


def _length(x: Tensor) -> Tensor:
    """sqrt(Σ x²) of each row: [..., T, 1]."""
    length: Tensor = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return length


class _Normed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:  # noqa: ANN401
        wide = torch.promote_types(x.dtype, torch.float32)
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=wide)
        inverse = torch.rsqrt(length.square() / x.shape[-1] + epsilon).to(x.dtype)
        unit = x * inverse
        ctx.save_for_backward(unit, inverse, weight)
        return unit * weight.to(x.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:  # noqa: ANN401
        """With u = x/rms(x): dx = (w·g − u · mean(w·g·u)) / rms(x), dw = Σ g·u."""
        unit, inverse, weight = ctx.saved_tensors
        product, scale = grad * unit, weight.to(grad.dtype)
        mean = (product @ (scale / grad.shape[-1])).unsqueeze(-1)
        of_weight = product.sum(-2).reshape(-1, len(weight)).sum(0, dtype=weight.dtype)
        return (grad * scale).sub_(unit * mean).mul_(inverse), of_weight, None
