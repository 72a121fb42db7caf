"""Reading and losses that keep less: equal to those that keep everything, and smaller."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from retnet_core.model import RetNet
from retnet_core.state import RetNetState
from tests.retnet_core import tiny
from training import sparing
from training.losses import language_loss
from training.sparing import read_sparingly, sliced_loss


def learner(dtype: torch.dtype = torch.float32) -> RetNet:
    return tiny.model(dtype).requires_grad_(True)


def read_before(model: RetNet, batch: int) -> RetNetState:
    """A state that something has been read into."""
    with torch.no_grad():
        _, state = model(tiny.text(150, batch=batch, seed=9))
    return RetNetState(state.tensor.detach())


def gradients(model: RetNet) -> dict[str, Tensor]:
    return {
        name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None
    }


@pytest.mark.parametrize("length", [1, 5, 131])
@pytest.mark.parametrize("autocast", [False, True], ids=["float32", "bfloat16 products"])
def test_reading_sparingly_gives_the_same_bits_and_the_same_gradients(
    length: int, autocast: bool
) -> None:
    whole, spared = learner(), learner()
    tokens, state = tiny.text(length, batch=2), read_before(whole, 2)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        expected, after = whole(tokens, state)
        found, after_too = read_sparingly(spared, tokens, state)
    weigh = torch.randn(expected.shape, generator=torch.Generator().manual_seed(0))
    ((expected * weigh).sum() + after.tensor.sum()).backward()
    ((found * weigh).sum() + after_too.tensor.sum()).backward()
    assert_close(found, expected, rtol=0, atol=0)
    assert_close(after_too.tensor, after.tensor, rtol=0, atol=0)
    assert_close(gradients(spared), gradients(whole), rtol=0, atol=0)


def test_reading_sparingly_begins_from_the_empty_state_by_itself() -> None:
    model, tokens = learner(torch.float64), tiny.text(7)
    empty = RetNetState.empty(tiny.CONFIG, dtype=torch.float64)
    found, after = read_sparingly(model, tokens)
    expected, after_empty = model(tokens, empty)
    assert_close(found, expected, rtol=0, atol=0)
    assert_close(after.tensor, after_empty.tensor, rtol=0, atol=0)


@pytest.mark.parametrize("length", [1, 4, 5, 12])
def test_a_loss_in_slices_is_the_loss(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparing, "SLICE", 4)
    chance = torch.Generator().manual_seed(length)
    hidden = torch.randn(3, length, 6, generator=chance, requires_grad=True)
    head = torch.randn(11, 6, generator=chance, requires_grad=True)
    targets = torch.randint(0, 11, (3, length), generator=chance)
    picked = torch.log_softmax(hidden @ head.T, dim=-1).gather(-1, targets[..., None])
    found = sliced_loss(lambda rows: rows @ head.T, hidden, targets)
    assert_close(found, -picked.mean())
    expected = torch.autograd.grad(-picked.mean(), (hidden, head))
    assert_close(torch.autograd.grad(found, (hidden, head)), expected)


def test_a_sparing_language_loss_has_the_same_value_state_and_gradients() -> None:
    whole, spared = learner(), learner()
    tokens, state = tiny.text(140, batch=3), read_before(whole, 3)
    loss, after = language_loss(whole, tokens, state)
    loss_too, after_too = language_loss(spared, tokens, state, sparing=True)
    loss.backward()
    loss_too.backward()
    assert_close(loss_too, loss)
    assert_close(after_too.tensor, after.tensor, rtol=0, atol=0)
    assert not after_too.tensor.requires_grad
    assert_close(gradients(spared), gradients(whole), rtol=1e-5, atol=1e-6)


def test_a_sparing_language_loss_keeps_less_for_the_backward_pass() -> None:
    model, tokens = learner(), tiny.text(512)
    assert kept(model, tokens, sparing=True) < kept(model, tokens, sparing=False) / 4


def kept(model: RetNet, tokens: Tensor, *, sparing: bool) -> int:
    """Bytes of distinct tensors that wait for the backward pass when the loss is known."""
    storages: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss, _ = language_loss(copy.deepcopy(model), tokens, None, sparing=sparing)
    assert loss.requires_grad
    return sum(storages.values())
