"""A run stopped anywhere ends in the weights of one that was never stopped, bit for bit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor
from torch.testing import assert_close

from retnet_core.state import RetNetState
from tests.tiny_reader import tiny_reader
from tests.training.making import make_stage, toml_of
from training import loop
from training.checkpoints import Standing, save
from training.loop import Run, run
from training.optimizers import optimizers
from training.stage import Stage

ROOT = Path(__file__).parents[2]


def checkpoint(stage: Stage) -> dict[str, Tensor]:
    return load_file(stage.run / "checkpoint.safetensors")


def log(stage: Stage) -> list[dict[str, object]]:
    text = (stage.run / "log.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def exactly(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert_close(one, other, rtol=0, atol=0)


@pytest.fixture(scope="module")
def undisturbed(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tensor]:
    """All that a run of seven steps leaves."""
    stage = make_stage(packed, tmp_path_factory.mktemp("undisturbed"))
    run(stage)
    return checkpoint(stage)


def test_the_steps_take_every_path(stage: Stage) -> None:
    """What the other tests rely on: text and questions, states and none, answers and none."""
    going, kinds, losses = Run(stage), [], []
    for _ in range(stage.steps):
        kind, loss = going.step()
        kinds.append(kind)
        losses.append(loss)
    assert kinds == ["language", "questions", "questions"] * 2 + ["language"]
    assert all(0 < loss < 20 for loss in losses)
    assert (going.standing.step, going.standing.language_step) == (7, 3)
    assert going.standing.state is not None
    assert going.standing.state.batch == stage.language_rows


def test_some_questions_are_asked_with_a_text_read_long_before(stage: Stage) -> None:
    """What the state of the text rows holds changes some losses of questions, but not all."""
    stage = replace(stage, context_share=1.0, language_every=100, steps=9)
    losses = []
    for forgotten in (False, True):
        going = Run(stage)
        going.step()
        state = going.standing.state
        assert state is not None
        kept = RetNetState(torch.zeros_like(state.tensor) if forgotten else 100 * state.tensor)
        going.standing = replace(going.standing, state=kept)
        with torch.no_grad():
            for name, weight in going.reader.named_parameters():
                if name.endswith("o_proj.weight"):
                    weight.fill_(0.1)  # it begins at zero and would hide the state
        loss = [float(going._questions().detach()) for going.standing in standings(going, 8)]
        losses.append(loss)
    same = [one == other for one, other in zip(*losses, strict=True)]
    assert any(same)
    assert not all(same)


def standings(going: Run, count: int) -> list[Standing]:
    """The places of the next steps, with the state of now."""
    return [replace(going.standing, step=going.standing.step + n) for n in range(count)]


@pytest.mark.parametrize("after", range(1, 7), ids="after step {}".format)
def test_a_run_stopped_after_any_step_ends_as_an_undisturbed_one(
    after: int, stage: Stage, undisturbed: dict[str, Tensor]
) -> None:
    going = Run(stage)
    for _ in range(after):
        going.step()
    going.save()
    going.step()  # what is done after the last checkpoint is lost
    del going
    torch.manual_seed(after)  # nothing may hang on random numbers that others draw
    run(stage)
    exactly(checkpoint(stage), undisturbed)


def test_a_run_that_was_killed_goes_on_to_the_same_end(stage: Stage, packed: Path) -> None:
    """A real process and a real kill, at whatever moment it comes."""
    stage = replace(stage, steps=30, decay=10, save_seconds=0.0, score_every=10)
    file = stage.run.parent / "stage.toml"
    file.write_text(toml_of(stage), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "training", "train", str(file)], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 200
    while step_of(stage) < 4 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert 4 <= step_of(stage) < stage.steps
    run(stage)
    other = replace(stage, run=stage.run.parent / "undisturbed", save_seconds=1e9)
    run(other)
    exactly(checkpoint(stage), checkpoint(other))
    assert log(stage)[-1]["step"] == 30


def step_of(stage: Stage) -> int:
    """The step of the checkpoint, 0 before there is one."""
    try:
        with safe_open(stage.run / "checkpoint.safetensors", framework="pt") as file:
            return int(json.loads(file.metadata()["facts"])["step"])
    except OSError:
        return 0


def test_another_seed_ends_in_other_weights(stage: Stage, undisturbed: dict[str, Tensor]) -> None:
    run(replace(stage, seed=6))
    found = checkpoint(stage)["model.pointer.span_end.weight"]
    assert not torch.equal(found, undisturbed["model.pointer.span_end.weight"])


def test_a_finished_run_is_left_as_it_is(stage: Stage, undisturbed: dict[str, Tensor]) -> None:
    run(stage)
    run(stage)
    exactly(checkpoint(stage), undisturbed)


def test_the_log_has_a_line_of_json_for_losses_and_scores(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loop, "LOG_EVERY", 3)
    run(replace(stage, score_every=4))
    lines = log(stage)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == lines
    losses = [line for line in lines if "scores" not in line]
    assert [line["step"] for line in losses] == [3, 6]
    assert all(set(line) == {"step", "language", "questions", "seconds"} for line in losses)
    (scored,) = [line for line in lines if "scores" in line]
    assert scored["step"] == 4
    assert isinstance(scored["scores"], dict)
    assert set(scored["scores"]) == {"qa_tales"}  # the only source with answers to score
    loss, exact, f1 = scored["scores"]["qa_tales"]
    assert loss > 0
    assert 0 <= exact <= f1 <= 100


def test_scoring_changes_nothing(stage: Stage, undisturbed: dict[str, Tensor]) -> None:
    run(replace(stage, score_every=2))
    exactly(checkpoint(stage), undisturbed)


def test_the_first_weights_add_nothing_to_their_input(stage: Stage) -> None:
    weights = dict(Run(stage).reader.named_parameters())
    outs = [name for name in weights if name.endswith(("o_proj.weight", "down_proj.weight"))]
    assert len(outs) == 2 * 2 + 3  # two blocks, and forwards, backwards and mlp of the pointer
    assert not any(weights[name].any() for name in outs)
    assert float(weights["body.embeddings.weight"].detach().std()) == pytest.approx(
        loop.EMBEDDING_SCALE, rel=0.1
    )


def test_a_stage_can_start_from_the_weights_of_another(stage: Stage, tmp_path: Path) -> None:
    first = tiny_reader(seed=4)
    save(tmp_path / "first", first, optimizers(first, stage), Standing(99, 9, None))
    going = Run(replace(stage, start_from=tmp_path / "first" / "checkpoint.safetensors"))
    exactly(dict(going.reader.named_parameters()), dict(first.named_parameters()))
    assert (going.standing.step, going.standing.language_step) == (0, 0)


def test_training_learns(stage: Stage) -> None:
    """Losses of a few small steps fall; a broken sign anywhere would make them rise."""
    stage = replace(stage, steps=36, decay=0, questions={"qa_more": 1.0}, question_batch=6)
    going = Run(stage)
    done = [going.step() for _ in range(stage.steps)]
    for kind in ("language", "questions"):
        losses = [loss for name, loss in done if name == kind]
        assert sum(losses[-5:]) < 0.95 * sum(losses[:5])


def test_the_recipe_names_its_steps() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "training", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    for step in ("tokenizer", "prepare", "train", "mixture", "export", "curves"):
        assert f"  {step} " in told.stdout
