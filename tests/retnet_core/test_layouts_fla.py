"""Folders in fla's layout give what fla's own kernels gave (tests/golden/make_fla.py)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from retnet_core.frames import from_absolute, to_absolute
from retnet_core.layouts.published import LoadedModel, load_published
from retnet_core.model import pace_of
from retnet_core.state import RetNetState
from tests.golden.make_fla import CASES, LENGTHS
from tests.golden.values import tokens, weights
from tests.retnet_core.published import GOLDEN, folder_of, golden_folder, told

logits_close = partial(assert_close, rtol=0.0, atol=2e-5)
states_close = partial(assert_close, rtol=0.0, atol=1e-4)


def files(name: str) -> Path:
    return GOLDEN / "fla" / f"{name}.safetensors"


def read(
    loaded: LoadedModel, ids: Tensor, state: RetNetState | None = None
) -> tuple[Tensor, RetNetState]:
    """Logits [T, vocabulary] and the state after the tokens [T]."""
    hidden, state = loaded.model(ids[None], state)
    return loaded.model.logits(hidden[0]), state


def absolute(loaded: LoadedModel, state: RetNetState, length: int) -> Tensor:
    """The state as fla keeps it: [L, H, K, V]."""
    return to_absolute(
        state.tensor[:, 0], length, pace_of(loaded.model.config, torch.device("cpu"))
    )


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def loaded(case: str, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_published(golden_folder(tmp_path_factory.mktemp("fla") / case, files(case)))


@pytest.mark.parametrize("length", LENGTHS)
def test_logits_and_states_are_those_of_the_kernels(
    case: str, loaded: LoadedModel, length: int
) -> None:
    _, _, outputs = told(files(case))
    logits, state = read(loaded, tokens(length, loaded.model.config.vocabulary))
    logits_close(logits, outputs[f"{length}.logits"])
    states_close(absolute(loaded, state, length), outputs[f"{length}.state"])


@pytest.mark.parametrize(("length", "cut"), [pair for pair in LENGTHS.items() if pair[1]])
def test_reading_on_from_a_state_equals_the_kernels_reading_on(
    case: str, loaded: LoadedModel, length: int, cut: int
) -> None:
    _, _, outputs = told(files(case))
    ids = tokens(length, loaded.model.config.vocabulary)
    _, past = read(loaded, ids[:cut])
    rest, state = read(loaded, ids[cut:], past)
    logits_close(rest, outputs[f"{length}.rest"])
    states_close(absolute(loaded, state, length), outputs[f"{length}.resumed"])


def test_a_state_that_fla_saved_is_read_on_from(case: str, loaded: LoadedModel) -> None:
    _, _, outputs = told(files(case))
    ids = tokens(130, loaded.model.config.vocabulary)
    pace = pace_of(loaded.model.config, torch.device("cpu"))
    theirs = from_absolute(outputs["65.state"], 65, pace)
    expected, _ = read(loaded, ids)
    logits, _ = read(loaded, ids[65:], RetNetState(theirs[:, None]))
    logits_close(logits, expected[65:])


def test_the_cases_differ_in_what_they_are_to_prove() -> None:
    configs = [told(files(name))[0] for name in CASES]
    for option in ("expand_v", "expand_k", "num_kv_heads", "tie_word_embeddings", "fuse_norm"):
        assert len({config[option] for config in configs}) > 1, option
    names = {name.rpartition("attn.")[2] for case in CASES for name in told(files(case))[1]}
    assert {"g_norm_swish_gate.weight", "g_norm.weight"} <= names


def test_shards_give_the_same_model(case: str, loaded: LoadedModel, tmp_path: Path) -> None:
    again = load_published(golden_folder(tmp_path / "sharded", files(case), shards=3))
    assert again.weights_fingerprint == loaded.weights_fingerprint
    assert_close(again.model.state_dict(), loaded.model.state_dict(), rtol=0, atol=0)


def test_a_gate_and_an_up_projection_in_one_tensor_give_the_same_model(
    case: str, loaded: LoadedModel, tmp_path: Path
) -> None:
    """As fla stored them before February 2025."""
    config, shapes, _ = told(files(case))
    tensors = weights(shapes)
    for name in [name for name in tensors if name.endswith("mlp.gate_proj.weight")]:
        up = tensors.pop(name.replace("gate_proj", "up_proj"))
        tensors[name] = torch.cat((tensors[name], up))
    again = load_published(folder_of(tmp_path / "old", config, tensors))
    assert again.weights_fingerprint == loaded.weights_fingerprint


def test_a_tied_head_that_is_stored_all_the_same_is_the_embedding(tmp_path: Path) -> None:
    config, shapes, _ = told(files("tied"))
    tensors = {**weights(shapes), "lm_head.weight": torch.ones(45, 32)}
    model = load_published(folder_of(tmp_path / "tied", config, tensors)).model
    assert model.lm_head.weight is model.embeddings.weight
    assert_close(model.lm_head.weight, weights(shapes)["model.embeddings.weight"], rtol=0, atol=0)


@pytest.mark.parametrize("stored", [torch.float32, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("wished", [torch.float32, torch.bfloat16, None], ids=str)
def test_weights_of_any_type_load_in_any_type(
    stored: torch.dtype, wished: torch.dtype | None, tmp_path: Path
) -> None:
    folder = golden_folder(tmp_path / "typed", files("shared"), stored)
    loaded = load_published(folder, dtype=wished)
    assert {weight.dtype for weight in loaded.model.parameters()} == {wished or stored}
    assert loaded.weights_fingerprint == load_published(folder).weights_fingerprint
    _, _, outputs = told(files("shared"))
    logits, state = read(loaded, tokens(130, 45))
    assert state.tensor.dtype == torch.float32
    off = (logits.float() - outputs["130.logits"]).norm() / outputs["130.logits"].norm()
    assert off < 0.05


def test_a_loaded_model_is_for_inference_and_leaves_the_random_numbers_alone(
    tmp_path: Path,
) -> None:
    before = torch.random.get_rng_state()
    model = load_published(golden_folder(tmp_path / "x", files("published"))).model
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not model.training
    assert not any(weight.requires_grad for weight in model.parameters())
