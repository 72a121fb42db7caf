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
