"""The work of the training claim: every way takes the same gradients, memory is what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from benchmarks.claims import training
from benchmarks.claims.models import KINDS, Kind, build, hidden
from benchmarks.claims.training import Work
from retnet_core.sizes import parameters
from tests.benchmarks.shapes import SMALL

WORK = Work("retnet", SMALL, rows=2, length=40, steps=1)


def gradients(work: Work) -> dict[str, Tensor]:
    model = build(work.kind, work.config, 0)
    training._gradients(model, training._tokens(work), work)
    return {n: weight.grad for n, weight in model.named_parameters() if weight.grad is not None}


def apart(found: Tensor, expected: Tensor) -> float:
    """How far, as a share of the length: bfloat16 sums in another order leave a percent or two."""
    return float((found - expected).norm() / expected.norm())


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_takes_the_gradient_of_the_mean_loss(kind: Kind) -> None:
    work = replace(WORK, kind=kind)
    model, tokens = build(kind, SMALL, 0), training._tokens(work)
    with torch.autocast("cpu", torch.bfloat16):
        scores = model.logits(hidden(model, tokens[:, :-1])).float()
    torch.nn.functional.cross_entropy(scores.flatten(0, 1), tokens[:, 1:].flatten()).backward()
    found = gradients(work)
    for name, weight in model.named_parameters():
        assert weight.grad is not None
        assert apart(found[name], weight.grad) < 0.03, name


def test_layers_made_again_take_the_same_gradient() -> None:
    found, expected = gradients(replace(WORK, way="sparing")), gradients(WORK)
    assert found.keys() == expected.keys()
    for name in expected:
        assert apart(found[name], expected[name]) < 0.03, name


def test_one_sitting_is_the_whole_row_and_several_are_not() -> None:
    whole, once = gradients(WORK), gradients(replace(WORK, sitting=40))
    cut = gradients(replace(WORK, sitting=16))
    name = "layers.1.mlp.up_proj.weight"
    assert apart(once[name], whole[name]) < 0.03
    assert (
        1e-4 < apart(cut[name], whole[name]) < 0.5
    )  # no gradient into the state, and everything else as before


@pytest.mark.slow
def test_memory_and_speed_come_from_a_process_of_their_own() -> None:
    records = list(training.against(SMALL, [32], 64, steps=1, threads=1, device="cpu"))
    assert [(r["kind"], r["rows"], r["length"]) for r in records] == [
        ("retnet", 2, 32),
        ("transformer", 2, 32),
    ]
    assert all(record["rate"] > 0 and record["bytes"] > 0 for record in records)
    assert records[0]["parameters"] == parameters(SMALL)


def test_work_that_does_not_fit_is_told_without_a_figure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    missing = {"kind": "transformer", "length": 32, "rows": 2, "bytes": None, "rate": None}
    whole = {"kind": "retnet", "length": 32, "rows": 2, "bytes": 5_000_000, "rate": 10.0}
    training.against_table([whole, missing])
    assert "did not fit" in capsys.readouterr().out
