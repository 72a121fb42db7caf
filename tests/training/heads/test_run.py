"""A stage of heads: stopped anywhere it ends in the same model, and the body stands still."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from retnet_core.checkpoint import load_reader
from retnet_core.impressions import embed_question, quantised, read_passages
from tests.tiny_reader import make_reader
from tests.training.heads.making_heads import make_heads_stage
from training.heads import batches, run
from training.heads.batches import passages_of, questions_of
from training.heads.embedding import embed
from training.heads.run import heard_sources, train_heads
from training.heads.stage import HeadsStage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> HeadsStage:
    return make_heads_stage(tmp_path_factory.mktemp("heads"))


@pytest.fixture(scope="module")
def model(stage: HeadsStage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "model"
    train_heads(stage, out)
    return out


def weights(folder: Path) -> dict[str, Tensor]:
    return load_reader(folder).reader.state_dict()


def test_only_the_heads_are_new(stage: HeadsStage, model: Path) -> None:
    before, after = weights(stage.model), weights(model)
    assert {name.split(".")[0] for name in after if name not in before} == {"embedder", "salience"}
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_every_part_of_the_heads_learns(stage: HeadsStage, tmp_path: Path) -> None:
    """The parts that begin at nothing among them."""
    for steps, name in ((0, "begun"), (50, "longer")):
        rates, others = (replace(r, steps=steps) for r in (stage.embedding, stage.salience))
        changed = replace(stage, embedding=rates, salience=others, run=tmp_path / name / "run")
        train_heads(changed, tmp_path / name / "model")
    begun, ended = (weights(tmp_path / name / "model") for name in ("begun", "longer"))
    moved = [name for name in ended if not torch.equal(ended[name], begun[name])]
    assert {name.split(".")[1] for name in moved} == {
        "table", "weight", "gate", "passage_proj", "question_proj", "hidden", "out",
    }  # fmt: skip


@pytest.mark.parametrize("after", [1, 4, 6])
def test_a_run_that_dies_ends_in_the_same_weights(
    stage: HeadsStage, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """It saves at every step and dies while one is under way."""
    dying = replace(stage, run=tmp_path / "run", save_seconds=0.0)
    drawn = batches.draw

    def die(*given: object) -> object:
        if given[2] == after:
            raise KeyboardInterrupt
        return drawn(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "draw", die)
    with pytest.raises(KeyboardInterrupt):
        train_heads(dying, tmp_path / "model")
    assert not (tmp_path / "model").exists()
    monkeypatch.setattr(run, "draw", drawn)
    train_heads(dying, tmp_path / "model")
    for name, weight in weights(model).items():
        assert torch.equal(weights(tmp_path / "model")[name], weight), name


def test_another_body_is_heard_anew_and_leaves_the_pairs(
    stage: HeadsStage, model: Path, tmp_path: Path
) -> None:
    kept = {path: path.stat().st_mtime_ns for path in stage.pairs.rglob("*.npy")}
    other = replace(stage, model=make_reader(tmp_path / "body", seed=9))
    train_heads(other, tmp_path / "model")
    assert {path: path.stat().st_mtime_ns for path in stage.pairs.rglob("*.npy")} == kept
    assert len(list(stage.run.iterdir())) == 2
    assert not torch.equal(
        weights(model)["embedder.table.weight"],
        weights(tmp_path / "model")["embedder.table.weight"],
    )


def test_a_model_with_heads_is_given_new_ones(
    stage: HeadsStage, model: Path, tmp_path: Path
) -> None:
    train_heads(replace(stage, model=model, embedding_width=8), tmp_path / "model")
    assert load_reader(tmp_path / "model").reader.config.embedding_width == 8


def test_serving_embeds_what_training_saw(stage: HeadsStage, model: Path) -> None:
    """The same passages of a document and the same questions, read from text."""
    loaded = load_reader(model)
    embedder = loaded.reader.embedder
    assert embedder is not None
    body = load_reader(stage.model)
    source = heard_sources(stage, body, None)["qa_tales"]
    starts = np.load(stage.pairs / "qa_tales" / "doc_starts.npy")
    mine = [n for n, (a, b) in enumerate(source.passages) if starts[1] <= a and b <= starts[2]]
    texts = [source.tokens[a:b].tolist() for a, b in source.passages[mine]]
    passages = [loaded.tokenizer.decode(text) for text in texts]
    _, kept = read_passages(loaded, passages, [()] * len(passages), None)
    with torch.no_grad():
        vectors = embed(embedder, passages_of([(source, n) for n in mine]), question=False)
        asked = embed(embedder, questions_of([(source, 0)]), question=True)
    for impression, expected in zip(kept, quantised(vectors), strict=True):
        assert impression.embedding is not None
        np.testing.assert_allclose(impression.embedding, expected, atol=3)
    first, last = source.questions[0]
    question = loaded.tokenizer.decode(source.question_tokens[first:last].tolist())
    found = embed_question(loaded, question)
    assert found is not None
    np.testing.assert_allclose(found, quantised(asked)[0], atol=3)
