"""What the past gives, against the literal definition (tests/oracle.py)."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from retnet_core import past, retention
from retnet_core.retention import Pace
from tests import oracle

EXPONENTS = (1.0, 4.5, 13.0)
SLOW = (23.0, 30.0, 40.0)  # what is still remembered ten million tokens later
KEYS, VALUES = 6, 5
PACE = Pace.of(EXPONENTS, KEYS)
assert_exact = partial(assert_close, rtol=0.0, atol=1e-10)
Heads = tuple[Tensor, Tensor, Tensor]


def heads(length: int, seed: int = 0, batch: int = 1) -> Heads:
    """Random q, k, v [B, H, T, ·] in float64."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(batch, len(EXPONENTS), length, width) for width in (KEYS, KEYS, VALUES)]
    q, k, v = (torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes)
    return q, k, v


def states(batch: int = 1, exponents: tuple[float, ...] = EXPONENTS) -> Tensor:
    """The states after nine tokens, [B, H, K, V], by the definition."""
    _, k, v = (x.numpy() for x in heads(9, seed=2, batch=batch))
    rows = [oracle.state(k[b], v[b], exponents) for b in range(batch)]
    return torch.from_numpy(np.stack(rows))


def relative(measured: Tensor, expected: Tensor) -> float:
    """The largest difference over the largest value expected."""
    return float((measured.double() - expected).abs().max() / expected.abs().max())


@pytest.mark.parametrize("tokens", [0, 1, 36_000, 10_000_000])
def test_a_state_may_be_carried_any_distance(tokens: int) -> None:
    before = states(exponents=SLOW)
    expected = torch.from_numpy(oracle.aged(before[0].numpy(), tokens, SLOW))[None]
    found = past.advance(before, tokens, Pace.of(SLOW, KEYS))
    assert_close(found, expected, rtol=0, atol=1e-7 * float(before.abs().max()))
    single = past.advance(before.float(), tokens, Pace.of(SLOW, KEYS))
    assert single.dtype == torch.float32
    assert relative(single, expected) < 1e-6


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5000), min_size=1, max_size=4))
def test_every_row_ages_by_its_own_tokens(tokens: list[int]) -> None:
    before = states(len(tokens))
    found = past.advance(before, torch.tensor(tokens), PACE)
    for row, count in enumerate(tokens):
        expected = oracle.aged(before[row].numpy(), count, EXPONENTS)
        assert_exact(found[row], torch.from_numpy(expected))


def test_no_time_changes_no_bit() -> None:
    before = states(2).float()
    assert torch.equal(past.advance(before, 0, PACE), before)
    assert torch.equal(past.advance(before, torch.tensor([0, 3]), PACE)[0], before[0])


def test_advancing_equals_reading_tokens_that_write_nothing() -> None:
    before, (q, k, v) = states(), heads(11, seed=5)
    after = retention.chunkwise(q, torch.zeros_like(k), v, before, PACE, 4)[1]
    assert_exact(past.advance(before, 11, PACE), after)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 1000))
def test_queries_recall_what_was_written_before_them(before: int, after: int, seed: int) -> None:
    """The definition over both texts, where the second one writes nothing."""
    q, k, v = heads(before + after, seed)
    k[:, :, before:] = 0
    whole = oracle.outputs(q[0].numpy(), k[0].numpy(), v[0].numpy(), EXPONENTS)
    state = oracle.state(k[0, :, :before].numpy(), v[0, :, :before].numpy(), EXPONENTS)
    found = past.recall(q[:, :, before:], torch.from_numpy(state)[None], torch.tensor([0]), PACE)
    assert_exact(found[0], torch.from_numpy(whole[:, before:]))


@pytest.mark.parametrize("front", [0, 1, 5, 200])
def test_queries_behind_padding_recall_as_without_it(front: int) -> None:
    before, (q, _, _) = states(2), heads(7, batch=2)
    padded = torch.cat((torch.ones(2, 3, front, KEYS).double(), q), dim=2)
    found = past.recall(padded, before, torch.tensor([front, front]), PACE)
    assert found.isfinite().all()
    none = torch.tensor([0, 0])
    assert_exact(found[:, :, front:], past.recall(q, before, none, PACE))


def test_padding_is_what_stands_in_front() -> None:
    written = torch.tensor([[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]])
    assert past.padding(written.bool()).tolist() == [2, 0, 1, 4, 0]


def test_nothing_is_changed_in_place() -> None:
    before = states()
    copy, version = before.clone(), before._version
    past.advance(before, 5, PACE)
    past.advance(before, 0, PACE).zero_()
    past.recall(heads(3)[0], before, torch.tensor([1]), PACE)
    assert torch.equal(before, copy)
    assert before._version == version
