"""Folders in torchscale's layout give what the authors' code gave (golden/make_torchscale.py).

Its parallel and its recurrent form divide each row of the retention by another number, which the
norm of each head takes out again up to epsilon.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from retnet_core.frames import to_absolute
from retnet_core.layouts.published import LoadedModel, load_published
from retnet_core.model import pace_of
from retnet_core.state import RetNetState
from tests.golden.make_torchscale import CASES, LENGTHS
from tests.golden.values import tokens, weights
from tests.retnet_core.published import GOLDEN, folder_of, golden_folder, told

logits_close = partial(assert_close, rtol=0.0, atol=2e-5)
states_close = partial(assert_close, rtol=0.0, atol=1e-4)


def files(name: str) -> Path:
    return GOLDEN / "torchscale" / f"{name}.safetensors"


@pytest.fixture(scope="module", params=[name for name in CASES if name != "epsilon"])
def case(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def loaded(case: str, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_published(golden_folder(tmp_path_factory.mktemp("ts") / case, files(case)))


def read(loaded: LoadedModel, length: int) -> tuple[Tensor, RetNetState]:
    hidden, state = loaded.model(tokens(length, loaded.model.config.vocabulary)[None])
    return loaded.model.logits(hidden[0]), state


def as_ours(loaded: LoadedModel, outputs: dict[str, Tensor], length: int) -> Tensor:
    """torchscale's state [L, H, V, K] in our order and scale, still absolute: [L, H, K, V].

    Its positions count from 0, as ours; its keys carry the K^−0.5 that our queries do.
    """
    pairs = outputs[f"{length}.state"].mT.unflatten(2, (-1, 2))  # [L, H, K/2, 2, V]
    ordered = pairs.transpose(2, 3).flatten(2, 3)
    scale = outputs[f"{length}.scale"].sqrt()[..., None, None]
    found: Tensor = ordered * scale * loaded.model.config.key_width**0.5
    return found


@pytest.mark.parametrize("length", LENGTHS)
def test_logits_and_states_are_those_of_torchscale(
    case: str, loaded: LoadedModel, length: int
) -> None:
    _, _, outputs = told(files(case))
    logits, state = read(loaded, length)
    logits_close(logits, outputs[f"{length}.logits"])
    logits_close(logits, outputs[f"{length}.recurrent"])
    pace = pace_of(loaded.model.config, torch.device("cpu"))
    states_close(to_absolute(state.tensor[:, 0], length, pace), as_ours(loaded, outputs, length))


def test_with_the_usual_epsilon_we_are_as_near_to_its_forms_as_they_to_each_other(
    tmp_path: Path,
) -> None:
    loaded = load_published(golden_folder(tmp_path / "epsilon", files("epsilon")))
    _, _, outputs = told(files("epsilon"))
    parallel, recurrent = outputs["130.logits"], outputs["130.recurrent"]
    logits, _ = read(loaded, 130)
    apart = float((parallel - recurrent).abs().max())
    assert 5e-5 < apart < 3e-4
    for form in (parallel, recurrent):
        assert float((logits - form).abs().max()) < 2 * apart


def test_the_cases_differ_in_what_they_are_to_prove() -> None:
    configs = [told(files(name))[0] for name in CASES]
    for option in ("activation_fn", "no_scale_embedding", "share_decoder_input_output_embed"):
        assert len({config[option] for config in configs}) > 1, option


def test_a_decoder_within_a_larger_model_and_its_tables_of_angles_load_too(
    case: str, loaded: LoadedModel, tmp_path: Path
) -> None:
    config, shapes, _ = told(files(case))
    tensors = {f"decoder.{name}": tensor for name, tensor in weights(shapes).items()}
    tensors["decoder.retnet_rel_pos.angle"] = torch.ones(8)
    tensors["decoder.retnet_rel_pos.decay"] = torch.ones(4)
    again = load_published(folder_of(tmp_path / "inner", config, tensors, shards=2))
    assert again.weights_fingerprint == loaded.weights_fingerprint
