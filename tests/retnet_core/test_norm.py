"""The norm and its hand-written gradient against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from retnet_core.norm import RMSNorm


@pytest.mark.parametrize("shape", [(1, 7), (2, 3, 7), (2, 3, 4, 7), (0, 7)], ids=str)
def test_it_equals_the_norm_of_torch(shape: tuple[int, ...]) -> None:
    x = torch.sin(torch.arange(float(torch.Size(shape).numel()))).view(shape).double()
    ours, theirs = RMSNorm(7, 1e-6).double(), nn.RMSNorm(7, eps=1e-6).double()
    assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("shape", [(1, 5), (3, 5), (2, 3, 5), (2, 2, 3, 5)], ids=str)
def test_its_gradient_is_the_slope(shape: tuple[int, ...]) -> None:
    norm = RMSNorm(5, 1e-3).double()
    x = torch.cos(torch.arange(float(torch.Size(shape).numel()))).view(shape).double()
    weight = torch.linspace(-1, 2, 5, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda x, w: torch.func.functional_call(norm, {"weight": w}, x),
        (x.requires_grad_(), weight.requires_grad_()),
    )


def test_zeros_have_no_direction_and_no_gradient_of_their_own() -> None:
    norm, x = RMSNorm(4, 1e-6), torch.zeros(2, 4, requires_grad=True)
    norm(x).square().sum().backward()
    assert x.grad is not None
    assert not x.grad.any()


def test_bfloat16_stays_bfloat16_and_close() -> None:
    x = torch.sin(torch.arange(64.0)).view(2, 32) * 100
    norm = RMSNorm(32, 1e-6)
    found = norm(x.bfloat16())
    assert found.dtype == torch.bfloat16
    assert_close(found.float(), norm(x), rtol=0.02, atol=0.02)
