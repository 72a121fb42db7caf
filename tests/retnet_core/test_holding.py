"""A model held for inference computes what the model computed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from retnet_core.config import RetNetConfig
from retnet_core.held import Kind
from retnet_core.holding import hold
from retnet_core.model import SITTING
from tests.retnet_core import tiny

SHARED = replace(tiny.CONFIG, key_value_heads=1, activation="gelu", tied_head=False)
CONFIGS = pytest.mark.parametrize("config", [tiny.CONFIG, SHARED], ids=["plain", "shared"])
KINDS = pytest.mark.parametrize(
    ("kind", "bound"), [("float32", 1e-5), ("bfloat16", 0.05), ("int8", 0.1)]
)


def off(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.float() - expected).norm() / expected.norm())


@CONFIGS
@KINDS
@pytest.mark.parametrize("length", [1, 2, 150])
def test_hidden_state_and_scores_are_the_models(
    config: RetNetConfig, kind: Kind, bound: float, length: int
) -> None:
    model = tiny.model(torch.float32, config)
    _, past = model(tiny.text(9, 2))
    tokens = tiny.text(length, 2, seed=1)
    expected, after = model(tokens, past)
    scores = model.logits(expected)
    held = hold(model, kind)
    with torch.inference_mode():
        found, now = held(tokens, past)
        assert off(found, expected) < bound
        assert off(now.tensor, after.tensor) < bound
        assert off(held.logits(found), scores) < bound
    assert now.tensor.dtype == torch.float32


def test_what_is_held_takes_the_memory_of_its_kind() -> None:
    sizes = {}
    for kind in ("float32", "bfloat16", "int8"):
        held = hold(tiny.model(torch.float32), kind)
        tensors = [*held.parameters(), *held.buffers()]
        sizes[kind] = sum(weight.element_size() * weight.numel() for weight in tensors)
    assert not list(hold(tiny.model(torch.float32), "int8").layers.parameters())
    assert sizes["bfloat16"] < 0.6 * sizes["float32"]


def test_a_model_is_held_once() -> None:
    held = hold(tiny.model(torch.float32), "bfloat16")
    with pytest.raises(ValueError, match="held already"):
        hold(held, "int8")


def test_a_long_text_is_read_in_sittings_and_comes_out_the_same() -> None:
    model = tiny.model()
    tokens = tiny.text(2 * SITTING + 37)
    with torch.enable_grad():
        whole, after = model(tokens)
    with torch.inference_mode():
        parts, state = model(tokens)
    torch.testing.assert_close(parts, whole, rtol=0, atol=1e-10)
    torch.testing.assert_close(state.tensor, after.tensor, rtol=0, atol=1e-10)


def test_padding_in_front_is_the_same_in_sittings() -> None:
    model = tiny.model()
    length = SITTING + 50
    x = model.embed(tiny.text(length, 2))
    written = torch.arange(length) >= torch.tensor([[0], [SITTING + 3]])
    with torch.enable_grad():
        whole, after = model.read(x, None, written)
    with torch.inference_mode():
        parts, state = model.read(x, None, written)
    torch.testing.assert_close(parts[0], whole[0], rtol=0, atol=1e-10)
    torch.testing.assert_close(parts[1, SITTING + 3 :], whole[1, SITTING + 3 :], rtol=0, atol=1e-10)
    torch.testing.assert_close(state.tensor, after.tensor, rtol=0, atol=1e-10)
