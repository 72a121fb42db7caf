"""What is shipped is what was trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.testing import assert_close

from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.reader import Reader
from retnet_core.reading import read_again
from retnet_core.state import RetNetState
from tests.training.making import story
from training.batches import Questions, collate
from training.export import export
from training.loop import Run
from training.losses import answer
from training.stage import Stage

QUESTION = "Which town built a bridge in 1821?"


@pytest.fixture
def trained(stage: Stage) -> Run:
    going = Run(stage)
    for _ in range(3):
        going.step()
    going.save()
    return going


def odds(loaded: LoadedReader) -> np.ndarray:
    empty = RetNetState.empty(loaded.reader.config.body)
    (scores,) = read_again(loaded, QUESTION, [story(0)[:150]], [empty], [[]])
    found: np.ndarray = scores.log_odds
    return found


def test_exported_weights_score_as_those_of_the_run(
    trained: Run, stage: Stage, tmp_path: Path
) -> None:
    fingerprint = export(stage, tmp_path / "model", torch.float32)
    loaded = load_reader(tmp_path / "model")
    assert loaded.weights_fingerprint == fingerprint
    assert loaded.reader.config == stage.model
    assert loaded.tokenizer.model == stage.tokenizer.read_bytes()
    for name, weight in loaded.reader.named_parameters():
        assert torch.equal(weight, trained.reader.get_parameter(name).detach())
    batch = collate([Questions(stage.packed / "qa" / "qa_tales").example(n) for n in range(4)])
    with torch.inference_mode():
        expected, found = answer(trained.reader, batch), answer(loaded.reader, batch)
    assert_close(found.spans, expected.spans)
    assert_close(found.absent, expected.absent)


def test_the_shipped_precision_changes_scores_only_a_little(
    trained: Run, stage: Stage, tmp_path: Path
) -> None:
    export(stage, tmp_path / "exact", torch.float32)
    export(stage, tmp_path / "shipped")
    exact, shipped = odds(load_reader(tmp_path / "exact")), odds(load_reader(tmp_path / "shipped"))
    sizes = [
        (tmp_path / name / "model.safetensors").stat().st_size for name in ("exact", "shipped")
    ]
    assert sizes[1] < 0.7 * sizes[0]
    inside = np.isfinite(exact)
    np.testing.assert_array_equal(np.isfinite(shipped), inside)
    np.testing.assert_allclose(shipped[inside], exact[inside], atol=0.2)


def test_a_new_export_keeps_the_model_card(trained: Run, stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    first = export(stage, folder)
    (folder / "README.md").write_text("A card.")
    trained.step()
    trained.save()
    assert export(stage, folder) != first
    assert (folder / "README.md").read_text() == "A card."


def test_without_a_run_there_is_nothing_to_export(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        export(stage, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_weights_may_be_averaged_with_those_that_the_stage_started_from(
    trained: Run, stage: Stage, tmp_path: Path
) -> None:
    before = Reader(stage.model)
    began = {f"model.{name}": weight.detach() for name, weight in before.named_parameters()}
    save_file({**began, "state": torch.zeros(1)}, tmp_path / "before.safetensors")
    later = replace(stage, start_from=tmp_path / "before.safetensors")
    export(later, tmp_path / "model", torch.float32, earlier=0.25)
    reader = load_reader(tmp_path / "model").reader
    for name, weight in reader.named_parameters():
        own, old = trained.reader.get_parameter(name), before.get_parameter(name)
        assert_close(weight, 0.75 * own + 0.25 * old)
    with pytest.raises(ValueError, match="--earlier"):
        export(replace(stage, start_from=None), tmp_path / "none", earlier=0.25)
