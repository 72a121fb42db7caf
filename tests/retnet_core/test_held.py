"""Weights held for inference: the products they give, and what rounding costs."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from retnet_core.held import Held, Kind, Rounded

WIDTH = 48


def matrices(*sizes: int, seed: int = 0) -> list[Tensor]:
    chance = torch.Generator().manual_seed(seed)
    return [torch.randn(size, WIDTH, generator=chance) for size in sizes]


def rows(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, WIDTH, generator=torch.Generator().manual_seed(seed))


def off(found: Tensor, expected: Tensor) -> float:
    """The length of the difference over that of what is expected."""
    return float((found.float() - expected).norm() / expected.norm())


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (3, 5), (2, 1), (3, 0)], ids=str)
@pytest.mark.parametrize(
    ("kind", "bound"), [("float32", 1e-6), ("bfloat16", 0.005), ("int8", 0.015)]
)
def test_one_product_stands_for_several(kind: Kind, bound: float, shape: tuple[int, int]) -> None:
    parts, x = matrices(32, 16, 64), rows(*shape)
    found = Held(parts, kind).split(x)
    for part, out in zip(parts, found, strict=True):
        assert out.shape == (*shape, len(part))
        assert not out.numel() or off(out, x @ part.T) < bound


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 9), st.floats(1e-6, 1e6), st.integers(0, 99))
def test_a_row_in_int8_does_not_depend_on_the_rows_beside_it(
    count: int, scale: float, seed: int
) -> None:
    held, x = Held(matrices(32), "int8"), rows(count, seed=seed)
    x[1:] *= scale
    assert_close(held(x)[:2], held(x[:2]), rtol=0, atol=0)


def test_int8_is_the_product_of_the_rounded_numbers_and_nothing_else() -> None:
    (matrix,), x = matrices(32), rows(6)
    steps = matrix.abs().amax(1) / 127
    weight = (matrix / steps[:, None]).round()
    step = x.abs().amax(1) / 127
    codes = (x / step[:, None]).round()
    expected = (codes.double() @ weight.double().T) * steps.double() * step.double()[:, None]
    assert_close(Held([matrix], "int8")(x).double(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("fbgemm", [True, False])
def test_a_single_row_meets_the_same_int8_numbers(
    monkeypatch: pytest.MonkeyPatch, *, fbgemm: bool
) -> None:
    if not fbgemm:
        monkeypatch.setattr("retnet_core.alone.has_fbgemm", lambda: False)
    (matrix,) = matrices(32)
    held = Rounded(matrix)
    eye = torch.eye(WIDTH)
    several = held(eye)
    for number in (0, 1, WIDTH - 1):
        assert_close(held(eye[number : number + 1])[0], several[number], rtol=0.01, atol=1e-6)


@pytest.mark.parametrize("fbgemm", [True, False])
@pytest.mark.parametrize("width", [1, 12, 15, 31])
def test_a_single_row_of_an_uneven_width_is_multiplied_too(
    monkeypatch: pytest.MonkeyPatch, width: int, *, fbgemm: bool
) -> None:
    """tinygemm's int8 product of one row gives NaN or worse unless 16 divides the width."""
    if not fbgemm:
        monkeypatch.setattr("retnet_core.alone.has_fbgemm", lambda: False)
    chance = torch.Generator().manual_seed(width)
    matrix, x = torch.randn(7, width, generator=chance), torch.randn(1, width, generator=chance)
    assert off(Held([matrix], "int8")(x), x @ matrix.T) < 0.03


@pytest.mark.parametrize("kind", ["float32", "bfloat16", "int8"])
def test_zeros_give_zeros_and_what_is_no_number_stays_none(kind: Kind) -> None:
    held, x = Held(matrices(32), kind), rows(3)
    x[0], x[1, 5] = 0.0, torch.nan
    out = held(x)
    assert not out[0].any()
    assert out[1].isnan().all()
    assert out[2].isfinite().all()


def test_a_row_of_weights_of_zeros_is_no_division_by_zero() -> None:
    (matrix,) = matrices(32)
    matrix[3] = 0
    for x in (rows(1), rows(4)):
        out = Held([matrix], "int8")(x)
        assert out.isfinite().all()
        assert not out[:, 3].any()


def test_without_packed_weights_int8_gives_much_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    (matrix,), x = matrices(32), rows(6)
    packed = Held([matrix], "int8")(x)
    monkeypatch.setattr("retnet_core.held.onednn_packs", lambda device: False)
    assert off(Held([matrix], "int8")(x), packed) < 0.01
    assert off(Held([matrix], "bfloat16")(x), x @ matrix.T) < 0.005


def test_a_single_row_that_is_no_number_stays_none() -> None:
    held = Held(matrices(32), "int8")
    assert held(torch.full((1, WIDTH), torch.nan)).isnan().all()
    assert not held(torch.zeros(1, WIDTH)).any()
