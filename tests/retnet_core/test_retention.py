"""The three forms of retention against the literal definition (tests/oracle.py)."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from retnet_core import retention
from retnet_core.retention import Pace
from tests import oracle

EXPONENTS = (1.0, 4.5, 13.0)  # a head that forgets at once, a common one, one that hardly forgets
KEYS, VALUES = 6, 5
PACE = Pace.of(EXPONENTS, KEYS)
assert_exact = partial(assert_close, rtol=0.0, atol=1e-10)
Heads = tuple[Tensor, Tensor, Tensor]


def heads(length: int, seed: int = 0, dtype: torch.dtype = torch.float64, batch: int = 1) -> Heads:
    """Random q, k, v [B, H, T, ·]."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(batch, len(EXPONENTS), length, width) for width in (KEYS, KEYS, VALUES)]
    q, k, v = (torch.randn(s, generator=generator, dtype=torch.float64).to(dtype) for s in shapes)
    return q, k, v


def empty(batch: int = 1, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.zeros(batch, len(EXPONENTS), KEYS, VALUES, dtype=dtype)


def between(parts: Heads, start: int, end: int) -> Heads:
    q, k, v = (x[:, :, start:end] for x in parts)
    return q, k, v


def in_chunks(parts: Heads, state: Tensor, sizes: list[int]) -> tuple[Tensor, Tensor]:
    """Read by chunkwise in sittings of the given sizes, each cut into chunks of 1 to 7."""
    outputs, start = [], 0
    for number, size in enumerate(sizes):
        some = between(parts, start, start + size)
        out, state = retention.chunkwise(*some, state, PACE, chunk=number % 7 + 1)
        outputs.append(out)
        start += size
    return torch.cat(outputs, dim=2), state


def step_by_step(parts: Heads, state: Tensor) -> tuple[Tensor, Tensor]:
    rows = []
    for q, k, v in zip(*(x.unbind(2) for x in parts), strict=True):
        row, state = retention.recurrent(q, k, v, state, PACE)
        rows.append(row)
    return torch.stack(rows, dim=2), state


def defined(parts: Heads) -> tuple[Tensor, Tensor]:
    """Outputs and state by the literal loop, row by row of the batch."""
    q, k, v = (x.double().numpy() for x in parts)
    outputs = [oracle.outputs(q[b], k[b], v[b], EXPONENTS) for b in range(len(q))]
    states = [oracle.state(k[b], v[b], EXPONENTS) for b in range(len(q))]
    return torch.from_numpy(np.stack(outputs)), torch.from_numpy(np.stack(states))


@pytest.mark.parametrize("length", [1, 2, 13, 33])
def test_the_parallel_form_equals_the_definition(length: int) -> None:
    parts = heads(length, batch=2)
    assert_exact(retention.parallel(*parts, PACE), defined(parts)[0])


@pytest.mark.parametrize("length", [1, 2, 13, 33])
def test_the_recurrent_form_equals_the_definition(length: int) -> None:
    parts = heads(length, batch=2)
    assert_exact(step_by_step(parts, empty(2)), defined(parts))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=6), st.integers(0, 1000))
def test_any_cut_into_chunks_equals_the_definition(sizes: list[int], seed: int) -> None:
    parts = heads(sum(sizes), seed)
    assert_exact(in_chunks(parts, empty(), sizes), defined(parts))


@pytest.mark.parametrize("chunk", [1, 5, 31, 32, 33, 128])
def test_chunkwise_equals_the_definition(chunk: int) -> None:
    parts = heads(32)
    assert_exact(retention.chunkwise(*parts, empty(), PACE, chunk), defined(parts))


@pytest.mark.parametrize("chunk", [0, -3])
def test_a_chunk_without_tokens_is_refused(chunk: int) -> None:
    with pytest.raises(ValueError, match="at least one token"):
        retention.chunkwise(*heads(3), empty(), PACE, chunk)


def test_reading_in_two_sittings_equals_reading_in_one_at_every_cut() -> None:
    parts = heads(23, batch=2)
    whole = retention.chunkwise(*parts, empty(2), PACE, 8)
    for cut in range(24):
        assert_exact(in_chunks(parts, empty(2), [cut, 23 - cut]), whole)


def test_steps_and_chunks_hand_each_other_the_same_state() -> None:
    parts = heads(20)
    first, state = step_by_step(between(parts, 0, 9), empty())
    second, state = retention.chunkwise(*between(parts, 9, 20), state, PACE, 4)
    assert_exact((torch.cat((first, second), 2), state), defined(parts))


@pytest.mark.parametrize("n", [0, 1, 16])
def test_the_quick_oracle_equals_the_loop(n: int) -> None:
    q, k, v = (x[0].numpy() for x in heads(17))
    loop = oracle.outputs(q, k, v, EXPONENTS)[:, n]
    np.testing.assert_allclose(oracle.output_at(n, q, k, v, EXPONENTS), loop, atol=1e-12)


@pytest.mark.parametrize("length", [127, 1024, 4096])
def test_float32_stays_within_two_in_a_hundred_thousand(length: int) -> None:
    parts = heads(length, dtype=torch.float32)
    q, k, v = (x[0].double().numpy() for x in parts)
    rows = sorted({0, length // 3, *range(length - 40, length)})
    expected = torch.tensor(np.stack([oracle.output_at(n, q, k, v, EXPONENTS) for n in rows], 1))
    past = torch.from_numpy(oracle.state(k, v, EXPONENTS))
    chunks, past_of_chunks = retention.chunkwise(*parts, empty(1, torch.float32), PACE)
    steps, past_of_steps = step_by_step(parts, empty(1, torch.float32))
    for out in (retention.parallel(*parts, PACE), chunks, steps):
        assert relative(out[0][:, rows], expected) < 2e-5
    for state in (past_of_chunks, past_of_steps):
        assert relative(state[0], past) < 2e-5


def relative(measured: Tensor, expected: Tensor) -> float:
    """The largest difference over the largest value expected."""
    return float((measured.double() - expected).abs().max() / expected.abs().max())


def test_bfloat16_forgets_at_the_true_pace() -> None:
    """The slowest γ here is 1 − 2^(−13): rounded to bfloat16 it is 1 and nothing is forgotten."""
    parts = heads(4096, dtype=torch.bfloat16)
    q, k, v = (x[0].double().numpy() for x in parts)
    expected = torch.from_numpy(oracle.output_at(4095, q, k, v, EXPONENTS))
    past = torch.from_numpy(oracle.state(k, v, EXPONENTS))
    forms = (
        retention.chunkwise(*parts, empty(1, torch.float32), PACE),
        step_by_step(parts, empty(1, torch.float32)),
    )
    for out, state in forms:
        assert out.dtype == torch.bfloat16
        assert state.dtype == torch.float32
        for head in range(len(EXPONENTS)):
            assert relative(out[0, head, -1], expected[head]) < 0.02
            assert relative(state[0, head], past[head]) < 0.02


def test_gradients_of_all_forms_are_equal() -> None:
    parts = heads(21, seed=3, batch=2)
    cotangent = heads(21, seed=4, batch=2)[2]

    def gradients(outputs: Tensor, leaves: list[Tensor]) -> tuple[Tensor, ...]:
        return torch.autograd.grad(outputs, leaves, cotangent)

    leaves = [x.clone().requires_grad_() for x in parts]
    q, k, v = leaves
    expected = gradients(retention.parallel(q, k, v, PACE), leaves)
    assert_exact(gradients(step_by_step((q, k, v), empty(2))[0], leaves), expected)
    for sizes in ([21], [8, 13], [1, 5, 15]):
        found = gradients(in_chunks((q, k, v), empty(2), sizes)[0], leaves)
        assert_exact(found, expected)


@pytest.mark.parametrize("chunk", [2, 5])
def test_the_gradients_are_the_slopes(chunk: int) -> None:
    past = heads(7, seed=9)[1][:, :, :KEYS].mT @ torch.ones(1, 3, KEYS, VALUES).double()
    leaves = [x.requires_grad_() for x in (*heads(5), past)]
    assert torch.autograd.gradcheck(
        lambda q, k, v, s: retention.chunkwise(q, k, v, s, PACE, chunk), leaves
    )
    rows = [x[:, :, 0].detach().requires_grad_() for x in leaves[:3]]
    assert torch.autograd.gradcheck(
        lambda q, k, v, s: retention.recurrent(q, k, v, s, PACE), [*rows, leaves[3]]
    )


@pytest.mark.parametrize("token", [0, 6, 7, 19])
def test_a_changed_token_changes_nothing_before_it(token: int) -> None:
    parts = heads(20)
    for which in range(3):
        q, k, v = other = (parts[0].clone(), parts[1].clone(), parts[2].clone())
        (q, k, v)[which][:, :, token] += 1.0
        for out, was in (
            (retention.parallel(*other, PACE), retention.parallel(*parts, PACE)),
            (retention.chunkwise(*other, empty(), PACE, 7)[0],
             retention.chunkwise(*parts, empty(), PACE, 7)[0]),
        ):  # fmt: skip
            assert_close(out[:, :, :token], was[:, :, :token], rtol=0, atol=0)
            assert not torch.equal(out[:, :, token:], was[:, :, token:])


def test_no_state_is_changed_in_place() -> None:
    parts = heads(9)
    past = retention.chunkwise(*parts, empty(), PACE)[1]
    copy, version = past.clone(), past._version
    retention.chunkwise(*parts, past, PACE, 4)
    q, k, v = (x[:, :, 0] for x in parts)
    retention.recurrent(q, k, v, past, PACE)
    assert torch.equal(past, copy)
    assert past._version == version


def test_position_36000_is_as_exact_as_the_first() -> None:
    length = 36_000
    parts = heads(length, dtype=torch.float32)
    q, k, v = (x[0].double().numpy() for x in parts)
    out, _ = retention.chunkwise(*parts, empty(1, torch.float32), PACE)
    for n in (length - 2, length - 1):
        expected = torch.from_numpy(oracle.output_at(n, q, k, v, EXPONENTS))
        assert relative(out[0, :, n], expected) < 2e-5


def test_the_pace_is_kept_in_float64() -> None:
    pace = Pace.of((5.0, 30.0, 52.0), 8)
    assert pace.log_decay.dtype == pace.frequencies.dtype == torch.float64
    assert_close(pace.decay(1), 1 - torch.tensor([5.0, 30.0, 52.0]).double().neg().exp2())
    assert (pace.log_decay < 0).all()
