"""Rows of different lengths in one call: each reads as if it were alone."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from retnet_core.model import CHUNK, RetNet
from retnet_core.ragged import read_rows
from retnet_core.state import RetNetState
from tests.retnet_core import tiny

assert_exact = partial(assert_close, rtol=0.0, atol=1e-10)
LENGTHS = st.lists(st.sampled_from([0, 1, 2, 7, CHUNK, CHUNK + 1]), min_size=1, max_size=4)


def row(length: int, seed: int) -> list[int]:
    return [int(token) for token in tiny.text(length, seed=seed)[0]]


def alone(model: RetNet, tokens: list[int], state: RetNetState) -> tuple[torch.Tensor, RetNetState]:
    hidden, after = model(torch.tensor([tokens], dtype=torch.int64), state)
    return hidden, after


def after(model: RetNet, lengths: list[int], seed: int) -> RetNetState:
    """States of texts of these lengths, each read by itself, side by side."""
    empty = RetNetState.empty(model.config, dtype=torch.float64)
    texts = (row(length, seed + n) for n, length in enumerate(lengths))
    return RetNetState.stack([alone(model, text, empty)[1] for text in texts])


@settings(max_examples=25, deadline=None)
@given(LENGTHS, st.data(), st.integers(0, 10**6))
def test_rows_read_together_as_alone(lengths: list[int], data: st.DataObject, seed: int) -> None:
    """After states of different ages, rows of any lengths, one more time after that."""
    model = tiny.model()
    state = after(model, data.draw(st.permutations([0, 3, 40, 300]))[: len(lengths)], seed)
    for again in range(2):
        rows = [row(length, seed + 10 * again + n) for n, length in enumerate(lengths)]
        hidden, found = read_rows(model, rows, state)
        assert hidden.shape[:2] == (len(rows), max(lengths))
        for n, tokens in enumerate(rows):
            expected, past = alone(model, tokens, state.rows([n]))
            assert_exact(found.rows([n]).tensor, past.tensor)
            assert_exact(hidden[n : n + 1, hidden.shape[1] - len(tokens) :], expected)
        state = found


def test_rows_from_nothing_read_together_as_alone() -> None:
    model, rows = tiny.model(), [row(5, 1), row(0, 2), row(130, 3)]
    hidden, found = read_rows(model, rows)
    for n, tokens in enumerate(rows):
        expected, past = model(torch.tensor([tokens], dtype=torch.int64))
        assert_exact(found.rows([n]).tensor, past.tensor)
        assert_exact(hidden[n : n + 1, 130 - len(tokens) :], expected)


def test_ragged_documents_read_step_by_step_in_a_batch_as_alone() -> None:
    """Rows that end are taken out of the batch, and their states put back at their place."""
    model, lengths = tiny.model(), [4, 9, 6]
    texts = [row(length, seed) for seed, length in enumerate(lengths)]
    state = RetNetState.empty(model.config, 3, dtype=torch.float64)
    for n in range(max(lengths)):
        going = [r for r, length in enumerate(lengths) if n < length]
        tokens = torch.tensor([[texts[r][n]] for r in going])
        state = state.with_rows(going, model(tokens, state.rows(going))[1])
    assert_exact(state.tensor, read_rows(model, texts)[1].tensor)
    assert_exact(state.tensor, after(model, lengths, 0).tensor)


def test_a_row_without_tokens_keeps_its_state_bit_for_bit() -> None:
    model = tiny.model(torch.float32)
    state = RetNetState(after(tiny.model(), [30, 30], 1).tensor.float())
    _, found = read_rows(model, [[], row(50, 3)], state)
    assert torch.equal(found.rows([0]).tensor, state.rows([0]).tensor)
    assert torch.equal(read_rows(model, [[], []], state)[1].tensor, state.tensor)


def test_gradients_go_through_the_padding() -> None:
    model, state = tiny.model(), after(tiny.model(), [9, 20], 4)
    rows = [row(3, 5), row(11, 6)]
    leaf = state.tensor.clone().requires_grad_()
    hidden, found = read_rows(model, rows, RetNetState(leaf))
    (hidden[:, -1].sin().sum() + found.tensor.sin().sum()).backward()
    expected = []
    for n, tokens in enumerate(rows):
        one = state.rows([n]).tensor.clone().requires_grad_()
        alone_hidden, past = alone(model, tokens, RetNetState(one))
        (alone_hidden[:, -1].sin().sum() + past.tensor.sin().sum()).backward()
        assert one.grad is not None
        expected.append(one.grad)
    assert_exact(leaf.grad, torch.cat(expected, dim=1))


def test_bfloat16_weights_read_padded_rows_as_alone() -> None:
    model = tiny.model(torch.bfloat16)
    state = RetNetState(after(tiny.model(), [200, 300], 1).tensor.float())
    rows = [row(3, 1), row(150, 2)]
    _, found = read_rows(model, rows, state)
    for n, tokens in enumerate(rows):
        _, past = alone(model, tokens, state.rows([n]))
        off = (found.rows([n]).tensor - past.tensor).norm() / past.tensor.norm()
        assert float(off) < 0.02


def test_rows_and_states_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="2 rows"):
        read_rows(tiny.model(), [[1], [2]], RetNetState.empty(tiny.CONFIG, 3))
