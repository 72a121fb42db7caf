"""A single row on a processor is written as rows of a batch are, by other means."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from retnet_core.config import RetNetConfig
from retnet_core.held import Kind, Rounded
from retnet_core.holding import hold
from retnet_core.model import RetNet
from retnet_core.state import RetNetState
from retnet_core.writing.single import Single
from retnet_core.writing.stepper import ANCHOR, Stepper
from tests.retnet_core import tiny

OTHER = replace(tiny.CONFIG, activation="gelu", tied_head=False, norm_epsilon=0.01)
SHARED = replace(tiny.CONFIG, key_value_heads=1)
CONFIGS = pytest.mark.parametrize("config", [tiny.CONFIG, OTHER], ids=["plain", "other"])


def held(kind: Kind, config: RetNetConfig = tiny.CONFIG) -> RetNet:
    return hold(tiny.model(torch.float32, config), kind)


def past(model: RetNet) -> RetNetState:
    state: RetNetState = model(tiny.text(11))[1]
    return state


def stepped(stepper: Stepper, tokens: torch.Tensor) -> torch.Tensor:
    """The hidden vectors of the first row: [T, D]."""
    return torch.stack([stepper.step(tokens[:, n])[0] for n in range(tokens.shape[1])])


@CONFIGS
@pytest.mark.parametrize(("kind", "bound"), [("float32", 2e-6), ("bfloat16", 0.01), ("int8", 0.03)])
def test_one_row_is_stepped_as_two_are(config: RetNetConfig, kind: Kind, bound: float) -> None:
    model = held(kind, config)
    state, tokens = past(model), tiny.text(ANCHOR + 5, seed=1)
    one, two = Stepper(model, state), Stepper(model, state.rows([0, 0]))
    found, expected = stepped(one, tokens), stepped(two, tokens.expand(2, -1))
    assert float((found - expected).norm() / expected.norm()) < bound
    of_one, of_two = one.state().tensor, two.rows([1]).state().tensor
    assert float((of_one - of_two).norm() / of_two.norm()) < bound


@pytest.mark.parametrize("missing", ["alone.has_fbgemm", "held.onednn_packs"])
@pytest.mark.parametrize("width", [12, 16])
def test_where_a_product_is_missing_another_is_taken(
    monkeypatch: pytest.MonkeyPatch, missing: str, width: int
) -> None:
    monkeypatch.setattr(f"retnet_core.{missing}", lambda *_: False)
    model = held("int8", replace(tiny.CONFIG, width=width, feedforward=width))
    state, tokens = past(model), tiny.text(9, seed=1)
    found = stepped(Stepper(model, state), tokens)
    expected = stepped(Stepper(model, state.rows([0, 0])), tokens.expand(2, -1))
    assert float((found - expected).norm() / expected.norm()) < 0.03


def test_a_row_of_a_batch_goes_on_alone_and_becomes_two_again() -> None:
    model = held("float32")
    both = Stepper(model, past(model).rows([0, 0]))
    alone = both.rows([1])
    twice = Stepper(model, alone.state()).rows([0, 0])
    tokens = tiny.text(9, seed=2)
    expected = stepped(both, tokens.expand(2, -1))
    assert_close(stepped(alone, tokens), expected, rtol=0, atol=1e-5)
    assert_close(stepped(twice, tokens.expand(2, -1)), expected, rtol=0, atol=1e-5)


def test_a_row_that_is_only_taken_from_a_batch_makes_no_second_copy_of_the_weights() -> None:
    model = held("int8")
    Stepper(model, past(model).rows([0, 0])).rows([1]).state()
    assert not alone(model)
    Stepper(model, past(model)).step(torch.tensor([3]))
    assert len(alone(model)) == 4 * model.config.layers


def alone(model: RetNet) -> list[Rounded]:
    """The products that have another copy of their matrix, for single rows."""
    rounded = [part for part in model.modules() if isinstance(part, Rounded)]
    return [part for part in rounded if part._alone is not None]


def test_neither_what_was_given_nor_the_embeddings_change_with_the_next_token() -> None:
    model = held("float32")
    stepper, token = Stepper(model, past(model)), torch.tensor([3])
    table, first = model.embeddings.weight.clone(), stepper.step(token)
    kept = first.clone()
    stepper.step(token)
    assert_close(first, kept, rtol=0, atol=0)
    assert_close(model.embeddings.weight, table, rtol=0, atol=0)


def test_a_state_that_wants_gradients_is_stepped_from_too() -> None:
    model = held("float32")
    state = past(model)
    wanting = RetNetState(state.tensor.clone().requires_grad_())
    token = torch.tensor([3])
    assert_close(Stepper(model, wanting).step(token), Stepper(model, state).step(token))


@pytest.mark.parametrize("broken", [torch.nan, torch.inf])
def test_what_is_no_number_stays_none(broken: float) -> None:
    model = held("float32")
    state = past(model)
    state.tensor[0, 0, 0, 0, 0] = broken
    assert Stepper(model, state).step(torch.tensor([3])).isnan().all()


def test_only_what_it_is_made_for_is_stepped_so() -> None:
    model = held("int8")
    state = past(model).tensor
    assert Single.fits(model, state)
    assert not Single.fits(model, state.double())
    assert not Single.fits(model, state.repeat(1, 2, 1, 1, 1))
    assert not Single.fits(held("int8", SHARED), state)
    assert not Single.fits(tiny.model(torch.float32), state)
