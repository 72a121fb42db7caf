"""The state as a value: rows of a batch, taken apart and put together."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from retnet_core.config import RetNetConfig
from retnet_core.state import RetNetState

CONFIG = RetNetConfig(
    vocabulary=11, width=8, layers=2, key_width=4, value_width=3, feedforward=9,
    decay_exponents=(5.0, 8.0, 13.0),
)  # fmt: skip


def filled(batch: int) -> RetNetState:
    shape = RetNetState.empty(CONFIG, batch).tensor.shape
    return RetNetState(torch.arange(float(shape.numel())).view(shape))


def test_the_empty_state_is_zero_and_float32() -> None:
    state = RetNetState.empty(CONFIG, 2)
    assert state.tensor.shape == (2, 2, 3, 4, 3)
    assert state.tensor.dtype == torch.float32
    assert state.batch == 2
    assert not state.tensor.any()


def test_rows_taken_apart_and_stacked_are_the_state_again() -> None:
    state = filled(3)
    again = RetNetState.stack([state.rows([i]) for i in range(3)])
    assert_close(again.tensor, state.tensor, rtol=0, atol=0)


@pytest.mark.parametrize(
    "indices", [[1], [2, 0], [1, 1, 1]], ids=["one", "other order", "repeated"]
)
def test_rows_keep_the_order_asked_for(indices: list[int]) -> None:
    state = filled(3)
    for place, row in enumerate(indices):
        assert torch.equal(state.rows(indices).tensor[:, place], state.tensor[:, row])


def test_a_chosen_row_shares_no_memory_with_the_batch() -> None:
    state = filled(2)
    state.rows([0]).tensor.zero_()
    assert torch.equal(state.tensor, filled(2).tensor)


def test_rows_are_put_into_a_batch_and_the_others_stay() -> None:
    state, rows = filled(4), RetNetState(-filled(2).tensor - 1)
    found = state.with_rows([3, 1], rows)
    assert torch.equal(found.rows([3, 1]).tensor, rows.tensor)
    assert torch.equal(found.rows([0, 2]).tensor, state.rows([0, 2]).tensor)
    assert torch.equal(state.tensor, filled(4).tensor)
    assert torch.equal(state.with_rows([], state.rows([])).tensor, state.tensor)


@pytest.mark.parametrize("indices", [[0], [1, 1], [0, 3], [-1, 0]], ids=repr)
def test_rows_are_put_only_where_there_is_one_place_for_each(indices: list[int]) -> None:
    with pytest.raises(ValueError, match="rows"):
        filled(3).with_rows(indices, filled(2))


def test_a_batch_comes_apart_and_together_again() -> None:
    state = filled(3)
    rows = state.unstack()
    assert [row.batch for row in rows] == [1, 1, 1]
    assert torch.equal(RetNetState.stack(rows).tensor, state.tensor)


def test_a_state_is_widened_and_never_narrowed_below_float32() -> None:
    state = filled(2)
    assert state.to(dtype=torch.float64).tensor.dtype == torch.float64
    assert torch.equal(state.to(dtype=torch.float64).to(dtype=torch.float32).tensor, state.tensor)
    assert state.to(device=torch.device("meta")).tensor.device.type == "meta"
    with pytest.raises(ValueError, match="float32 or float64"):
        state.to(dtype=torch.bfloat16)
