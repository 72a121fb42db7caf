"""A whole RetNet against the literal one of tests/oracle.py, in any number of sittings."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from retnet_core.model import CHUNK, Block, Retention, RetNet
from retnet_core.state import RetNetState
from tests import oracle
from tests.retnet_core import tiny

assert_exact = partial(assert_close, rtol=0.0, atol=1e-10)


def sittings(model: RetNet, tokens: Tensor, sizes: list[int]) -> tuple[Tensor, RetNetState]:
    hidden, state = [], RetNetState.empty(model.config, len(tokens), dtype=torch.float64)
    for part in tokens.split(sizes, dim=1):
        now, state = model(part, state)
        hidden.append(now)
    return torch.cat(hidden, dim=1), state


@pytest.mark.parametrize("length", [1, 7, 40])
def test_hidden_vectors_equal_the_definition(length: int) -> None:
    model, tokens = tiny.model(), tiny.text(length, batch=2)
    found, _ = model(tokens)
    for row, text in zip(found, tokens.tolist(), strict=True):
        expected = oracle.hidden(tiny.weights(model), 2, tiny.CONFIG.decay_exponents, text)
        assert_exact(row, torch.from_numpy(expected))


def test_two_sittings_equal_one_at_every_cut() -> None:
    model, tokens = tiny.model(), tiny.text(19, batch=2)
    hidden, state = model(tokens)
    for cut in range(20):
        again, resumed = sittings(model, tokens, [cut, 19 - cut])
        assert_exact(again, hidden)
        assert_exact(resumed.tensor, state.tensor)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([0, 1, 2, 5, CHUNK - 1, CHUNK, CHUNK + 1]), min_size=1, max_size=5))
def test_any_sittings_equal_one(sizes: list[int]) -> None:
    model, tokens = tiny.model(), tiny.text(sum(sizes))
    hidden, state = model(tokens)
    again, resumed = sittings(model, tokens, sizes)
    assert_exact(again, hidden)
    assert_exact(resumed.tensor, state.tensor)


def test_a_changed_token_changes_nothing_before_it() -> None:
    model, tokens = tiny.model(), tiny.text(CHUNK + 9)
    before, _ = model(tokens)
    for place in (0, 5, CHUNK - 1, CHUNK, CHUNK + 8):
        other = tokens.clone()
        other[0, place] = (other[0, place] + 1) % tiny.CONFIG.vocabulary
        after, _ = model(other)
        assert_close(after[:, :place], before[:, :place], rtol=0, atol=0)
        assert not torch.equal(after[:, place:], before[:, place:])


def test_rows_of_a_batch_do_not_touch_each_other() -> None:
    model, tokens = tiny.model(), tiny.text(30, batch=3)
    together, state = model(tokens)
    for row in range(3):
        alone, one = model(tokens[row : row + 1])
        assert_exact(together[row : row + 1], alone)
        assert_exact(state.rows([row]).tensor, one.tensor)


def test_the_state_handed_in_is_not_changed() -> None:
    model = tiny.model()
    _, state = model(tiny.text(9))
    copy, version = state.tensor.clone(), state.tensor._version
    model(tiny.text(9, seed=1), state)
    model(tiny.text(1, seed=1), state)
    assert torch.equal(state.tensor, copy)
    assert state.tensor._version == version


@pytest.mark.parametrize("length", [1, 5, CHUNK + 3])
def test_tokens_that_are_not_written_leave_an_empty_state_empty(length: int) -> None:
    model, tokens = tiny.model(), tiny.text(length, batch=2)
    written = torch.zeros_like(tokens, dtype=torch.bool)
    _, state = model.read(model.embed(tokens), None, written)
    assert not state.tensor.any()


def test_padding_in_front_of_a_text_changes_nothing() -> None:
    model, tokens = tiny.model(), tiny.text(12)
    hidden, state = model(tokens)
    padded = torch.cat((tiny.text(5, seed=8), tokens), dim=1)
    written = torch.arange(17)[None] >= 5
    again, after = model.read(model.embed(padded), None, written)
    assert_exact(again[:, 5:], hidden)
    assert_exact(after.tensor, state.tensor)


def test_a_row_padded_at_its_end_reads_as_if_alone() -> None:
    model, tokens = tiny.model(), tiny.text(12, batch=2)
    written = torch.ones(2, 12, dtype=torch.bool)
    written[1, 7:] = False
    hidden, _ = model.read(model.embed(tokens), None, written)
    alone, _ = model(tokens[1:, :7])
    assert_exact(hidden[1:, :7], alone)


@pytest.mark.parametrize("length", [1, 200])
def test_bfloat16_weights_keep_a_float32_state_and_the_true_pace(length: int) -> None:
    exact, rounded = tiny.model(), tiny.model(torch.bfloat16)
    tokens = tiny.text(length)
    expected, past = exact(tokens)
    hidden, state = rounded(tokens)
    assert hidden.dtype == torch.float32  # what is added up stays wide
    assert state.tensor.dtype == torch.float32
    assert _relative(hidden, expected) < 0.2
    assert _relative(state.tensor[0], past.tensor[0]) < 0.04


def test_autocast_keeps_a_float32_state_and_the_true_pace() -> None:
    exact, single = tiny.model(), tiny.model(torch.float32)
    tokens = tiny.text(300)
    expected, past = exact(tokens)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden, state = single(tokens[:, :-1])
        last, state = single(tokens[:, -1:], state)
    assert state.tensor.dtype == torch.float32
    assert _relative(torch.cat((hidden, last), dim=1), expected) < 0.2
    assert _relative(state.tensor[0], past.tensor[0]) < 0.04


def test_autocast_leaves_float64_alone() -> None:
    model, tokens = tiny.model(), tiny.text(20)
    expected, past = model(tokens)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden, state = model(tokens)
    assert_exact((hidden, state.tensor), (expected, past.tensor))


def _relative(found: Tensor, expected: Tensor) -> float:
    return float((found.double() - expected).norm() / expected.norm())


def test_gradients_are_equal_in_any_sittings() -> None:
    model, tokens = tiny.model().requires_grad_(), tiny.text(21, batch=2)
    leaves = list(model.parameters())
    expected = torch.autograd.grad(model(tokens)[0].square().sum(), leaves)
    for sizes in ([10, 11], [1] * 21):
        found = torch.autograd.grad(sittings(model, tokens, sizes)[0].square().sum(), leaves)
        assert_close(found, expected, rtol=1e-9, atol=1e-9)


def test_a_tied_head_is_the_embedding() -> None:
    tied = tiny.model()
    assert tied.lm_head.weight is tied.embeddings.weight
    free = tiny.model(config=replace(tiny.CONFIG, tied_head=False))
    assert free.lm_head.weight is not free.embeddings.weight
    assert tied.logits(tied(tiny.text(3))[0]).shape == (1, 3, tiny.CONFIG.vocabulary)


def test_a_layer_alone_equals_the_layer_within_the_model() -> None:
    """Retention makes its own pace where none is handed in."""
    layer = tiny.model().layers[0].attn
    assert isinstance(layer, Retention)
    x = torch.sin(torch.arange(60, dtype=torch.float64)).view(1, 5, 12)
    empty = RetNetState.empty(tiny.CONFIG, dtype=torch.float64).tensor[0]
    whole, state = layer(x, empty)
    rows, past = [], empty
    for n in range(5):
        row, past = layer(x[:, n : n + 1], past)
        rows.append(row)
    assert_exact((torch.cat(rows, dim=1), past), (whole, state))


@pytest.mark.parametrize("written", [1, 2, 4])
@pytest.mark.parametrize("length", [1, 7, 40])
def test_shared_keys_and_values_are_those_of_their_group(written: int, length: int) -> None:
    """Equal to the definition with the rows of each key and value head once for each reader."""
    exponents = (1.5, 6.0, 9.0, 13.0)
    config = replace(tiny.CONFIG, decay_exponents=exponents, key_value_heads=written)
    model, tokens = tiny.model(config=config), tiny.text(length)
    found, state = model(tokens)
    weights = tiny.weights(model)
    for name, width in (("k", config.key_width), ("v", config.value_width)):
        for layer in range(config.layers):
            place = f"layers.{layer}.attn.{name}_proj.weight"
            heads = weights[place].reshape(written, width, -1)
            weights[place] = heads.repeat(4 // written, axis=0).reshape(4 * width, -1)
    expected = oracle.hidden(weights, config.layers, exponents, tokens[0].tolist())
    assert_exact(found[0], torch.from_numpy(expected))
    assert state.tensor.shape == (2, 1, 4, config.key_width, config.value_width)


def test_shared_keys_and_values_read_the_same_in_any_sittings() -> None:
    config = replace(tiny.CONFIG, key_value_heads=1)
    model, tokens = tiny.model(config=config), tiny.text(19)
    hidden, state = model(tokens)
    again, resumed = sittings(model, tokens, [1, 5, 13])
    assert_exact(again, hidden)
    assert_exact(resumed.tensor, state.tensor)


def test_gelu_takes_the_place_of_silu_in_the_feed_forward_alone() -> None:
    """The gate of the retention stays a swish."""
    block = tiny.model(config=replace(tiny.CONFIG, activation="gelu")).layers[0]
    other = tiny.model().layers[0]
    x = torch.sin(torch.arange(60, dtype=torch.float64)).view(1, 5, 12)
    assert isinstance(block, Block)
    assert isinstance(other, Block)
    gate, up, down = (weight.double() for weight in block.mlp.parameters())
    scores = x @ gate.T
    normal = 0.5 * (1 + torch.erf(scores / 2**0.5))
    assert_exact(block.mlp(x), (scores * normal * (x @ up.T)) @ down.T)
    empty = RetNetState.empty(tiny.CONFIG, dtype=torch.float64).tensor[0]
    assert_exact(block.attn(x, empty), other.attn(x, empty))
    assert not torch.allclose(block.mlp(x), other.mlp(x))
