"""Single steps in a frame that stands still equal reading, over the anchors and past them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from retnet_core.config import RetNetConfig
from retnet_core.holding import hold
from retnet_core.writing.stepper import ANCHOR, Stepper
from tests.retnet_core import tiny

SHARED = replace(tiny.CONFIG, key_value_heads=1)
# 12.7 is no power of two away from 1: its γ is rounded in float32.
UNEVEN = replace(tiny.CONFIG, decay_exponents=(0.7, 5.3, 12.7))


@pytest.mark.parametrize("config", [tiny.CONFIG, SHARED, UNEVEN], ids=["plain", "shared", "uneven"])
@pytest.mark.parametrize("steps", [1, ANCHOR - 1, ANCHOR, ANCHOR + 1, 2 * ANCHOR + 5])
def test_steps_give_what_reading_gives(config: RetNetConfig, steps: int) -> None:
    model = tiny.model(config=config)
    _, past = model(tiny.text(11, 2))
    tokens = tiny.text(steps, 2, seed=1)
    expected, after = model(tokens, past)
    stepper = Stepper(model, past)
    found = torch.stack([stepper.step(tokens[:, n]) for n in range(steps)], dim=1)
    assert_close(found, expected, rtol=0, atol=1e-10)
    assert_close(stepper.state().tensor, after.tensor, rtol=0, atol=1e-10)


def test_the_state_between_steps_is_always_at_hand_and_ones_own() -> None:
    model = tiny.model()
    _, past = model(tiny.text(5))
    before = past.tensor.clone()
    stepper, tokens = Stepper(model, past), tiny.text(9, seed=2)
    for n in range(9):
        assert_close(stepper.state().tensor, model(tokens[:, :n], past)[1].tensor)
        kept = stepper.state()
        copy = kept.tensor.clone()
        stepper.step(tokens[:, n])
        assert_close(kept.tensor, copy, rtol=0, atol=0)
    assert_close(past.tensor, before, rtol=0, atol=0)


def test_float32_stays_true_over_thousands_of_steps() -> None:
    """γ = 1 − 2^(−12.7) is off by 2e-8 in float32: uncorrected, 4,000 steps would make it 1e-4."""
    exact, model = tiny.model(config=UNEVEN), tiny.model(torch.float32, UNEVEN)
    _, past = exact(tiny.text(300))
    stepper = Stepper(model, replace(past, tensor=past.tensor.float()))
    tokens = tiny.text(4000, seed=3)
    for n in range(4000):
        stepper.step(tokens[:, n])
    _, after = exact(tokens, past)
    error = (stepper.state().tensor.double() - after.tensor).abs().amax(dim=(-1, -2))
    assert float((error / after.tensor.abs().amax(dim=(-1, -2))).max()) < 2e-5


@pytest.mark.parametrize("kind", ["float32", "bfloat16", "int8"])
def test_a_held_model_steps_as_it_reads(kind: str) -> None:
    model = tiny.model(torch.float32)
    _, past = model(tiny.text(5))
    tokens = tiny.text(40, seed=1)
    expected, _ = model(tokens, past)
    stepper = Stepper(hold(model, kind), past)  # type: ignore[arg-type]
    found = torch.stack([stepper.step(tokens[:, n]) for n in range(40)], dim=1)
    bound = {"float32": 1e-5, "bfloat16": 0.05, "int8": 0.1}[kind]
    assert float((found - expected).norm() / expected.norm()) < bound
