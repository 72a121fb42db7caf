"""A checkpoint holds all that a run needs, and is there whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.testing import assert_close

from retnet_core.reader import Reader
from retnet_core.state import RetNetState
from tests.tiny_reader import CONFIG, tiny_reader
from training.checkpoints import Standing, load_weights, resume, save
from training.optimizers import optimizers
from training.stage import Stage


def stepped(reader: Reader, stage: Stage, steps: int = 3) -> tuple[torch.optim.Optimizer, ...]:
    """Optimizers that have momentum."""
    pair = optimizers(reader, stage)
    chance = torch.Generator().manual_seed(1)
    for _ in range(steps):
        for weight in reader.parameters():
            weight.grad = torch.randn(weight.shape, generator=chance)
        for optimizer in pair:
            optimizer.step()
    return pair


def exactly(one: object, other: object) -> None:
    assert_close(one, other, rtol=0, atol=0)


def test_weights_momenta_and_state_come_back_exactly(stage: Stage, tmp_path: Path) -> None:
    reader = tiny_reader()
    pair = stepped(reader, stage)
    state = RetNetState(torch.randn(RetNetState.empty(CONFIG.body, 2).tensor.shape))
    save(tmp_path, reader, pair, Standing(11, 4, state))
    other = tiny_reader(seed=1)
    fresh = optimizers(other, stage)
    found = resume(tmp_path, other, fresh)
    assert found is not None
    assert (found.step, found.language_step) == (11, 4)
    assert found.state is not None
    exactly(found.state.tensor, state.tensor)
    exactly(dict(other.named_parameters()), dict(reader.named_parameters()))
    for mine, theirs in zip(fresh, pair, strict=True):
        exactly(mine.state_dict()["state"], theirs.state_dict()["state"])
        assert mine.state_dict()["state"]
    assert other.body.lm_head.weight is other.body.embeddings.weight


def test_a_run_that_never_read_text_has_no_state(stage: Stage, tmp_path: Path) -> None:
    reader = tiny_reader()
    save(tmp_path, reader, optimizers(reader, stage), Standing(0, 0, None))
    found = resume(tmp_path, reader, optimizers(reader, stage))
    assert found is not None
    assert (found.step, found.language_step, found.state) == (0, 0, None)


def test_without_a_checkpoint_there_is_nothing_to_resume(stage: Stage, tmp_path: Path) -> None:
    reader = tiny_reader()
    assert resume(tmp_path, reader, optimizers(reader, stage)) is None


def test_a_run_cut_off_while_saving_keeps_the_last_checkpoint(stage: Stage, tmp_path: Path) -> None:
    reader = tiny_reader()
    pair = stepped(reader, stage)
    save(tmp_path, reader, pair, Standing(5, 0, None))
    (tmp_path / "checkpoint.unfinished").write_bytes(b"half of it")
    found = resume(tmp_path, reader, pair)
    assert found is not None
    assert found.step == 5
    save(tmp_path, reader, pair, Standing(6, 0, None))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.safetensors"]


def test_a_tied_head_is_kept_once(stage: Stage, tmp_path: Path) -> None:
    reader = tiny_reader()
    save(tmp_path, reader, optimizers(reader, stage), Standing(0, 0, None))
    names = set(load_file(tmp_path / "checkpoint.safetensors"))
    assert "model.body.embeddings.weight" in names
    assert "model.body.lm_head.weight" not in names


def test_an_untied_head_is_kept_too(stage: Stage, tmp_path: Path) -> None:
    config = replace(CONFIG, body=replace(CONFIG.body, tied_head=False))
    reader, other = Reader(config), Reader(config)
    save(tmp_path, reader, optimizers(reader, stage), Standing(0, 0, None))
    load_weights(other, load_file(tmp_path / "checkpoint.safetensors"))
    exactly(other.body.lm_head.weight, reader.body.lm_head.weight)


@pytest.mark.parametrize("change", ["missing", "unexpected"])
def test_other_weights_are_refused(change: str) -> None:
    tensors = {f"model.{name}": w.detach() for name, w in tiny_reader().named_parameters()}
    if change == "missing":
        del tensors["model.body.norm.weight"]
    else:
        tensors["model.body.other.weight"] = torch.zeros(1)
    with pytest.raises(ValueError, match="other weights"):
        load_weights(tiny_reader(), tensors)


def test_weights_of_another_shape_are_refused() -> None:
    tensors = {f"model.{name}": w.detach() for name, w in nn.Linear(2, 3).named_parameters()}
    with pytest.raises(RuntimeError, match="size mismatch"):
        load_weights(nn.Linear(3, 3), tensors)
