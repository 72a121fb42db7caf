"""The named shapes and their sizes, against the modules and tensors themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from retnet_core.config import RetNetConfig
from retnet_core.model import RetNet
from retnet_core.sizes import (
    PRESETS,
    cache_bytes,
    parameters,
    serving_bytes,
    state_bytes,
    step_bytes,
    training_bytes,
    weight_bytes,
)
from retnet_core.state import RetNetState
from tests.retnet_core import tiny

ROOT = Path(__file__).resolve().parents[2]
SHARED = replace(tiny.CONFIG, decay_exponents=(1.5, 6.0, 7.0, 13.0), key_value_heads=2)
UNTIED = replace(tiny.CONFIG, tied_head=False)
SHAPES = {**PRESETS, "tiny": tiny.CONFIG, "shared heads": SHARED, "untied": UNTIED}


def on_meta(config: RetNetConfig) -> RetNet:
    """The model as shapes without numbers: 13 billion take no memory."""
    with torch.device("meta"):
        return RetNet(config)


@pytest.mark.parametrize("name", SHAPES)
def test_the_formula_counts_the_parameters_of_the_real_modules(name: str) -> None:
    built = on_meta(SHAPES[name])
    assert parameters(SHAPES[name]) == sum(weight.numel() for weight in built.parameters())


@pytest.mark.parametrize(
    ("name", "billions"), [("1.3B", 1.3), ("2.7B", 2.7), ("6.7B", 6.7), ("13B", 13.0)]
)
def test_a_size_of_the_paper_has_the_parameters_in_its_name(name: str, billions: float) -> None:
    assert parameters(PRESETS[name]) == pytest.approx(billions * 1e9, rel=0.05)


def test_55m_has_55_million() -> None:
    assert parameters(PRESETS["55M"]) == pytest.approx(55e6, rel=0.02)


def test_shipped_is_the_body_of_the_shipped_reader() -> None:
    written = json.loads((ROOT / "app" / "model" / "config.json").read_text(encoding="utf-8"))
    assert PRESETS["shipped"] == RetNetConfig.from_dict(written["reader"]["body"])


def test_1_3b_has_the_shapes_of_the_published_weights() -> None:
    shapes = {
        name: tuple(weight.shape) for name, weight in on_meta(PRESETS["1.3B"]).named_parameters()
    }
    assert shapes["embeddings.weight"] == shapes["lm_head.weight"] == (32_000, 2048)
    assert shapes["layers.23.mlp.down_proj.weight"] == (2048, 2816)
    assert shapes["layers.0.attn.g_norm.weight"] == (512,)
    matrices = sum(
        weight.numel()
        for name, weight in on_meta(PRESETS["1.3B"]).named_parameters()
        if ".attn." in name
    )
    assert matrices == 24 * (2 * 2048 * 2048 + 3 * 4096 * 2048 + 512)  # q, k; v, g, o; norm


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_weights_take_the_bytes_of_their_tensors(kind: str) -> None:
    built = on_meta(UNTIED).to(getattr(torch, kind))
    held = sum(weight.nbytes for weight in built.parameters())
    assert weight_bytes(UNTIED, "float32" if kind == "float32" else "bfloat16") == held


@pytest.mark.parametrize("config", [tiny.CONFIG, UNTIED, SHARED], ids=["tied", "untied", "shared"])
def test_int8_weights_have_a_scale_for_each_row_of_what_multiplies(config: RetNetConfig) -> None:
    built = on_meta(config)
    table = built.embeddings.weight
    expected = 2 * table.numel()
    for module in built.modules():
        if isinstance(module, torch.nn.Linear):
            expected += module.weight.numel() + 4 * module.out_features
    for weight in built.parameters():
        expected += 4 * weight.numel() if weight.dim() == 1 else 0
    assert weight_bytes(config, "int8") == expected


def test_unknown_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="float32, bfloat16, int8"):
        weight_bytes(tiny.CONFIG, "int4")  # type: ignore[arg-type]


def test_a_state_takes_the_bytes_of_its_tensor() -> None:
    assert state_bytes(tiny.CONFIG) == RetNetState.empty(tiny.CONFIG).tensor.nbytes
    weights = weight_bytes(tiny.CONFIG, "bfloat16")
    assert serving_bytes(tiny.CONFIG, "bfloat16", 3) == weights + 3 * state_bytes(tiny.CONFIG)


@pytest.mark.parametrize("config", [tiny.CONFIG, UNTIED], ids=["tied", "untied"])
def test_a_token_fetches_all_weights_but_a_table_and_the_state(config: RetNetConfig) -> None:
    weights = {name: weight.nbytes for name, weight in on_meta(config).named_parameters()}
    if not config.tied_head:
        del weights["embeddings.weight"]
    state = RetNetState.empty(config).tensor.nbytes
    assert step_bytes(config, "float32") == sum(weights.values()) + state
    assert step_bytes(config, "int8") == sum(weights.values()) // 4 + state


def test_a_cache_grows_by_keys_and_values_of_each_layer() -> None:
    config = PRESETS["1.3B"]
    one = 24 * 2 * torch.empty(2048, dtype=torch.bfloat16).nbytes
    assert cache_bytes(config, 1000) == 1000 * one


# Training: the parts that are exact, and the estimate against what autograd keeps.

MIDDLE = RetNetConfig(
    vocabulary=64,
    width=64,
    layers=3,
    key_width=32,
    value_width=64,
    feedforward=96,
    decay_exponents=(5.0, 8.0),
)


def kept_by_layers(config: RetNetConfig, tokens: int) -> int:
    """Bytes of distinct tensors, weights left out, that wait for the backward pass."""
    model = RetNet(config)
    own = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    storages: dict[int, Tensor] = {}

    def note(tensor: Tensor) -> Tensor:
        storages[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    x = torch.randn(1, tokens, config.width, requires_grad=True)
    with (
        torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor),
        torch.autocast("cpu", torch.bfloat16),
    ):
        hidden, _ = model.read(x)
    assert hidden.requires_grad
    held = (tensor.untyped_storage().nbytes() for at, tensor in storages.items() if at not in own)
    return sum(held)


def test_activations_are_estimated_within_a_quarter() -> None:
    more, fewer = kept_by_layers(MIDDLE, 2048), kept_by_layers(MIDDLE, 1024)
    estimate = training_bytes(MIDDLE, 1024).activations
    assert estimate == pytest.approx(more - fewer, rel=0.25)


def test_training_holds_weights_gradients_and_two_moments() -> None:
    model = RetNet(MIDDLE)
    optimizer = torch.optim.AdamW(model.parameters())
    model.logits(model(torch.arange(8)[None])[0]).sum().backward()
    optimizer.step()
    found = training_bytes(MIDDLE, 0)
    assert found.weights == sum(weight.nbytes for weight in model.parameters())
    assert found.gradients == sum(w.grad.nbytes for w in model.parameters() if w.grad is not None)
    moments = [t for s in optimizer.state.values() for n, t in s.items() if n.startswith("exp_avg")]
    assert found.optimizer == sum(moment.nbytes for moment in moments)
    assert found.total == 4 * found.weights


def test_sparing_keeps_the_input_of_each_layer_and_one_layer_at_work() -> None:
    whole = training_bytes(MIDDLE, 1000).activations
    spared = training_bytes(MIDDLE, 1000, sparing=True).activations
    assert spared == whole // 3 + 1000 * 3 * 4 * 64
