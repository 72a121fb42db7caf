"""Random models of a named size: made once, whole, and measured as they serve."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from benchmarks import sizes
from benchmarks.memory import STATUS, apart, forget_most, held, most_held
from retnet_core.sizes import PRESETS, weight_bytes
from tests.benchmarks.shapes import SMALL


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_a_random_model_is_whole_and_of_its_type(tied: bool) -> None:
    model = sizes.random_model(replace(SMALL, tied_head=tied), torch.bfloat16)
    assert (model.lm_head.weight is model.embeddings.weight) is tied
    for name, weight in model.named_parameters():
        assert weight.dtype == torch.bfloat16
        assert not weight.requires_grad
        spread = float(weight.float().std())
        assert spread == pytest.approx(0.02 if weight.dim() == 2 else 0.0, rel=0.2), name
    hidden, _ = model(torch.arange(5)[None])
    assert bool(model.logits(hidden).isfinite().all())


def test_a_matrix_larger_than_what_is_drawn_is_filled_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sizes, "BLOCK", 100)
    weight = sizes.random_model(SMALL, torch.float32).embeddings.weight.flatten()
    assert torch.equal(weight[:100], weight[100:200])
    assert torch.equal(weight[2000:], weight[: 2048 - 2000])


def most_while_made() -> int:
    sizes.random_model(SMALL, torch.bfloat16)
    forget_most()
    before = held()
    sizes.random_model(PRESETS["55M"], torch.bfloat16)
    return most_held() - before


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="this system does not say what is resident")
def test_a_random_model_is_never_there_twice() -> None:
    assert apart(1, most_while_made) < 1.3 * weight_bytes(PRESETS["55M"], "bfloat16")


@pytest.mark.slow
def test_a_model_is_measured_in_its_own_process(capsys: pytest.CaptureFixture[str]) -> None:
    sizes.main(["--measure", "shipped", "--weights", "float32", "--read", "8", "--rounds", "1",
                "--threads", "1"])  # fmt: skip
    said = capsys.readouterr().out
    assert "6,771,986,432" in said
    assert "38.8 MB" in said.split("Measured")[1]
