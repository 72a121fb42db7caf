"""States joined, taken apart and aged, against the literal definition of each state."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from retnet_core.algebra import advance, merge, merge_all, without
from retnet_core.config import RetNetConfig
from retnet_core.state import RetNetState
from tests import oracle
from tests.retnet_core import tiny

CONFIG = RetNetConfig(
    vocabulary=7, width=4, layers=2, key_width=6, value_width=5, feedforward=5,
    decay_exponents=(1.0, 4.5, 13.0), rotary_base=500.0,
)  # fmt: skip
assert_exact = partial(assert_close, rtol=0.0, atol=1e-10)
LENGTHS = st.lists(st.integers(0, 40), min_size=1, max_size=5)


def written(length: int, seed: int) -> list[tuple[oracle.Array, oracle.Array]]:
    """Random keys and values of a text, [H, T, ·] of each layer."""
    chance, heads = np.random.default_rng(seed), CONFIG.heads
    return [
        (
            chance.standard_normal((heads, length, CONFIG.key_width)),
            chance.standard_normal((heads, length, CONFIG.value_width)),
        )
        for _ in range(CONFIG.layers)
    ]


def defined(texts: list[list[tuple[oracle.Array, oracle.Array]]]) -> RetNetState:
    """The state after texts read one after the other, by the literal sum over all tokens."""
    layers = []
    for layer in range(CONFIG.layers):
        k = np.concatenate([text[layer][0] for text in texts], axis=1)
        v = np.concatenate([text[layer][1] for text in texts], axis=1)
        layers.append(oracle.state(k, v, CONFIG.decay_exponents, CONFIG.rotary_base))
    return RetNetState(torch.from_numpy(np.stack(layers))[:, None])


def alone(texts: list[list[tuple[oracle.Array, oracle.Array]]]) -> list[RetNetState]:
    return [defined([text]) for text in texts]


def empty() -> RetNetState:
    return RetNetState.empty(CONFIG, dtype=torch.float64)


def single(state: RetNetState) -> RetNetState:
    return state.to(dtype=torch.float32)


@settings(max_examples=60, deadline=None)
@given(LENGTHS, st.integers(0, 10**6))
def test_any_number_of_texts_merge_into_the_state_of_all(lengths: list[int], seed: int) -> None:
    texts = [written(length, seed + n) for n, length in enumerate(lengths)]
    parts = list(zip(alone(texts), lengths, strict=True))
    expected = defined(texts)
    assert_exact(merge_all(parts, CONFIG).tensor, expected.tensor)
    rounded = merge_all([(single(state), n) for state, n in parts], CONFIG)
    assert rounded.tensor.dtype == torch.float32
    largest = sum(float(state.tensor.abs().max()) for state, _ in parts)
    assert float((rounded.tensor.double() - expected.tensor).abs().max()) <= 2.0**-23 * largest


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 10**6))
def test_merging_is_associative(a: int, b: int, c: int, seed: int) -> None:
    first, second, third = alone([written(n, seed + n) for n in (a, b, c)])
    left = merge(merge(first, second, b, CONFIG), third, c, CONFIG)
    right = merge(first, merge(second, third, c, CONFIG), b + c, CONFIG)
    assert_exact(left.tensor, right.tensor)


def test_the_empty_state_is_neutral_bit_for_bit() -> None:
    state = single(defined([written(11, 3)]))
    nothing = single(empty())
    assert torch.equal(merge(nothing, state, 11, CONFIG).tensor, state.tensor)
    assert torch.equal(merge(state, nothing, 0, CONFIG).tensor, state.tensor)
    assert torch.equal(without(state, nothing, 11, CONFIG).tensor, state.tensor)
    assert torch.equal(merge_all([(state, 11)], CONFIG).tensor, state.tensor)


def test_merging_is_not_commutative() -> None:
    first, second = alone([written(9, 1), written(9, 2)])
    there, back = merge(first, second, 9, CONFIG), merge(second, first, 9, CONFIG)
    assert float((there.tensor - back.tensor).abs().max()) > 0.1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 10**6))
def test_a_text_can_be_taken_from_the_front(a: int, b: int, seed: int) -> None:
    texts = [written(a, seed), written(b, seed + 1)]
    first, second = alone(texts)
    assert_exact(without(defined(texts), first, b, CONFIG).tensor, second.tensor)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 10**6))
def test_taking_away_in_float32_errs_by_a_rounding_of_the_whole(a: int, b: int, seed: int) -> None:
    texts = [written(a, seed), written(b, seed + 1)]
    first, second = alone(texts)
    whole = defined(texts)
    found = without(single(whole), single(first), b, CONFIG)
    error = float((found.tensor.double() - second.tensor).abs().max())
    largest = max(float(state.tensor.abs().max()) for state in (whole, first, second))
    assert error <= 2.0**-22 * largest


def test_time_passes_in_parts_as_at_once() -> None:
    state = defined([written(9, 4)])
    once = advance(state, 1007, CONFIG)
    assert_exact(advance(advance(state, 1000, CONFIG), 7, CONFIG).tensor, once.tensor)
    assert_exact(once.tensor, merge(state, empty(), 1007, CONFIG).tensor)
    for layer in range(CONFIG.layers):
        expected = oracle.aged(
            state.tensor[layer, 0].numpy(), 1007, CONFIG.decay_exponents, CONFIG.rotary_base
        )
        assert_exact(once.tensor[layer, 0], torch.from_numpy(expected))


def test_rows_of_a_batch_merge_each_by_its_own_tokens() -> None:
    firsts = alone([written(5, 1), written(9, 2), written(0, 3)])
    seconds = alone([written(7, 4), written(0, 5), written(30, 6)])
    lengths = [7, 0, 30]
    whole = merge(RetNetState.stack(firsts), RetNetState.stack(seconds), lengths, CONFIG)
    aged = advance(RetNetState.stack(firsts), lengths, CONFIG)
    again = without(whole, RetNetState.stack(firsts), lengths, CONFIG)
    for row, (first, second, n) in enumerate(zip(firsts, seconds, lengths, strict=True)):
        assert_exact(whole.rows([row]).tensor, merge(first, second, n, CONFIG).tensor)
        assert_exact(aged.rows([row]).tensor, advance(first, n, CONFIG).tensor)
        assert_exact(again.rows([row]).tensor, second.tensor)


def test_in_a_model_the_first_layer_merges_exactly_and_the_others_nearly() -> None:
    """The promise of the docstring: above the first layer the keys and values were others."""
    model = tiny.model()
    first, second = tiny.text(20), tiny.text(15, seed=1)
    _, whole = model(torch.cat((first, second), dim=1))
    _, before = model(first)
    _, cold = model(second)
    found = merge(before, cold, 15, model.config)
    assert_exact(found.tensor[0], whole.tensor[0])
    assert not torch.allclose(found.tensor[1], whole.tensor[1], rtol=0, atol=1e-6)


def test_what_is_taken_from_a_reading_is_what_was_written_after_it() -> None:
    """Through all layers: S_B here is what B wrote knowing A, and joins A again exactly."""
    model = tiny.model()
    first, second = tiny.text(20), tiny.text(15, seed=1)
    _, before = model(first)
    _, whole = model(second, before)
    rest = without(whole, before, 15, model.config)
    assert_exact(merge(before, rest, 15, model.config).tensor, whole.tensor)


@pytest.mark.parametrize("tokens", [-1, [3, -2]], ids=repr)
def test_time_is_not_turned_back(tokens: int | list[int]) -> None:
    state = RetNetState.empty(CONFIG, 1 if isinstance(tokens, int) else 2)
    with pytest.raises(ValueError, match="turned back"):
        advance(state, tokens, CONFIG)
    with pytest.raises(ValueError, match="turned back"):
        merge(state, state, tokens, CONFIG)
    with pytest.raises(ValueError, match="turned back"):
        without(state, state, tokens, CONFIG)


def test_what_does_not_fit_together_is_refused() -> None:
    one, two = empty(), RetNetState.empty(CONFIG, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="put together"):
        merge(one, two, 3, CONFIG)
    with pytest.raises(ValueError, match="put together"):
        without(one, single(one), 3, CONFIG)
    with pytest.raises(ValueError, match="3 numbers of tokens were given for 2 rows"):
        advance(two, [1, 2, 3], CONFIG)
    with pytest.raises(ValueError, match="has the shape"):
        advance(one, 3, tiny.CONFIG)
    with pytest.raises(ValueError, match="at least one"):
        merge_all([], CONFIG)


def test_nothing_is_changed_in_place() -> None:
    first, second = alone([written(5, 1), written(6, 2)])
    copies = [state.tensor.clone() for state in (first, second)]
    for made in (
        advance(first, 0, CONFIG),
        merge(first, second, 6, CONFIG),
        merge_all([(first, 5)], CONFIG),
        without(second, first, 6, CONFIG),
    ):
        made.tensor.zero_()
    for state, copy in zip((first, second), copies, strict=True):
        assert torch.equal(state.tensor, copy)
