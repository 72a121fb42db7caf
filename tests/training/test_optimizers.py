"""Which weights go where, and how the rates rise and fall."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.tiny_reader import tiny_reader
from training.optimizers import clip, optimizers, set_rates
from training.stage import Stage


def test_each_weight_has_one_optimizer_and_matrices_have_muon(stage: Stage) -> None:
    reader = tiny_reader()
    muon, adam = optimizers(reader, stage)
    names = {weight: name for name, weight in reader.named_parameters()}
    of_muon, of_adam = (
        {names[weight] for group in each.param_groups for weight in group["params"]}
        for each in (muon, adam)
    )
    assert of_muon | of_adam == set(names.values())
    assert not of_muon & of_adam
    assert {"body.layers.0.attn.q_proj.weight", "pointer.span_end.weight"} <= of_muon
    assert {
        "body.embeddings.weight", "body.norm.weight", "pointer.absent.bias",
        "pointer.present.weight",  # one row is no matrix
    } <= of_adam  # fmt: skip
    assert all(weight.ndim == 2 for weight, name in names.items() if name in of_muon)


@pytest.mark.parametrize(
    ("step", "scale"),
    [
        (0, 1 / 4), (2, 3 / 4), (3, 1.0), (9, 1.0), (10, 1.0),
        (15, 0.05 + 0.95 * 5 / 10), (19, 0.05 + 0.95 / 10),
    ],
)  # fmt: skip
def test_rates_warm_up_stay_and_decay(step: int, scale: float, stage: Stage) -> None:
    stage = replace(stage, steps=20, warmup=4, decay=10)
    pair = optimizers(tiny_reader(), stage)
    set_rates(pair, stage, step)
    rates = [group["lr"] for optimizer in pair for group in optimizer.param_groups]
    assert rates == pytest.approx([stage.matrix_rate * scale, stage.other_rate * scale])


def test_without_warm_up_and_decay_the_rates_stay(stage: Stage) -> None:
    stage = replace(stage, warmup=0, decay=0)
    pair = optimizers(tiny_reader(), stage)
    for step in (0, stage.steps - 1):
        set_rates(pair, stage, step)
        assert pair[0].param_groups[0]["lr"] == stage.matrix_rate


@pytest.mark.parametrize(("given", "left"), [(5.0, 1.0), (0.25, 0.25)])
def test_a_long_gradient_is_shortened(given: float, left: float) -> None:
    model = nn.Linear(4, 1)
    for weight in model.parameters():
        weight.grad = torch.full_like(weight, given / 5**0.5)
    assert clip(model) == pytest.approx(given)
    norms = [float(weight.grad.square().sum()) for weight in model.parameters()
             if weight.grad is not None]  # fmt: skip
    assert sum(norms) ** 0.5 == pytest.approx(left, rel=1e-4)
