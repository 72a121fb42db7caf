"""The training loop of one stage: deterministic, resumable, one line of log at a time."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.optim import Optimizer

from retnet_core.reader import Reader
from retnet_core.state import RetNetState
from retnet_core.tokenizer import Tokenizer
from training.batches import Example, Questions, collate, draw
from training.checkpoints import Standing, load_weights, resume, save
from training.evaluation.passages import Score, score_examples
from training.losses import answer, language_loss, span_loss
from training.optimizers import clip, optimizers, set_rates
from training.stage import Stage
from training.streams import Streams
from training.teacher import piece_vectors

LOG_EVERY = 20
EMBEDDING_SCALE = 0.05


class Run:
    """A stage under way: its data, its model and where it stands."""

    def __init__(self, stage: Stage) -> None:
        torch.set_num_threads(stage.threads)
        torch.manual_seed(stage.seed)
        self.stage = stage
        self.tokenizer = Tokenizer.from_file(stage.tokenizer)
        self.reader = Reader(stage.model)
        self.sources = {name: _source(stage.packed, name) for name in stage.questions}
        self.texts = Streams(stage.packed / "lm", stage.texts, stage.seed)
        self.tests = _tests(stage)
        self.reader.to(stage.device)
        self.pair: tuple[Optimizer, Optimizer] = optimizers(self.reader, stage)
        found = resume(stage.run, self.reader, self.pair)
        if found is None:
            _begin(self.reader, stage)
        self.standing = found or Standing(0, 0, None)

    def step(self) -> tuple[str, float]:
        """Do one step: the kind of its batch and its loss."""
        stage, at = self.stage, self.standing
        language = stage.language_every > 0 and at.step % stage.language_every == 0
        set_rates(self.pair, stage, at.step)
        with torch.autocast(stage.device, torch.bfloat16):
            loss, state = self._language() if language else (self._questions(), at.state)
        for optimizer in self.pair:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        clip(self.reader)
        for optimizer in self.pair:
            optimizer.step()
        self.standing = Standing(at.step + 1, at.language_step + language, state)
        return ("language" if language else "questions"), float(loss.detach())

    def scores(self) -> dict[str, Score]:
        """The development examples of each source, answered."""
        return {
            name: score_examples(self.reader, self.tokenizer, examples)
            for name, examples in self.tests.items()
        }

    def save(self) -> None:
        """Write the checkpoint of the run."""
        save(self.stage.run, self.reader, self.pair, self.standing)

    def _language(self) -> tuple[torch.Tensor, RetNetState]:
        stage, at = self.stage, self.standing
        tokens = self.texts.rows(at.language_step, stage.language_rows, stage.language_length)
        return language_loss(
            self.reader.body, tokens.to(stage.device), at.state, sparing=stage.sparing
        )

    def _questions(self) -> torch.Tensor:
        stage, step = self.stage, self.standing.step
        examples = draw(
            self.sources,
            stage.questions,
            step,
            stage.question_batch,
            stage.negative_share,
            stage.seed,
        )
        batch = collate(examples, stage.device)
        chance = np.random.default_rng([stage.seed, step, 1])
        if chance.random() >= stage.context_share:
            return span_loss(
                self.reader.read_again(batch.question, batch.passage, None), batch.golds
            )
        return span_loss(
            answer(self.reader, batch, self._far_past(len(examples), chance)), batch.golds
        )

    def _far_past(self, rows: int, chance: np.random.Generator) -> RetNetState | None:
        """Half of the times the states of texts read for language modelling, drawn at random.

        They have thousands of tokens behind them, as the stored state of a long document has.
        """
        state = self.standing.state
        if state is None or chance.random() < 0.5:
            return None
        return state.rows(chance.integers(state.batch, size=rows).tolist())


def run(stage: Stage) -> None:
    """Train until the last step, saving now and then; call again to go on after any stop."""
    stage.run.mkdir(parents=True, exist_ok=True)
    going = Run(stage)
    losses: dict[str, list[float]] = {"language": [], "questions": []}
    saved = logged = time.monotonic()
    while going.standing.step < stage.steps:
        kind, loss = going.step()
        losses[kind].append(loss)
        step = going.standing.step
        if step % LOG_EVERY == 0:
            now = time.monotonic()
            means = {name: round(float(np.mean(v)), 4) for name, v in losses.items() if v}
            _log(stage.run, {"step": step, **means, "seconds": round(now - logged, 1)})
            losses, logged = {"language": [], "questions": []}, now
        if stage.score_every and step % stage.score_every == 0:
            _log(stage.run, {"step": step, "scores": _rounded(going.scores())})
        if time.monotonic() - saved > stage.save_seconds:
            going.save()
            saved = time.monotonic()
    going.save()


def _begin(reader: Reader, stage: Stage) -> None:
    """First weights: of an earlier stage, or small with the teacher's word vectors."""
    if stage.start_from is not None:
        load_weights(reader, load_file(stage.start_from))
        return
    _small_outputs(reader)
    table = reader.body.embeddings.weight
    with torch.no_grad():
        table.normal_(std=EMBEDDING_SCALE)
        if stage.teacher is not None:
            vectors = piece_vectors(stage.tokenizer, stage.teacher, stage.model.body.width)
            table.copy_(vectors * EMBEDDING_SCALE * stage.model.body.width**0.5)


def _small_outputs(reader: nn.Module) -> None:
    """Every block begins as the identity: what it adds to its input starts at zero."""
    for name, parameter in reader.named_parameters():
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            nn.init.zeros_(parameter)


def _source(packed: Path, name: str) -> Questions:
    folder = packed / "qa" / name
    return Questions(folder if folder.exists() else packed / name)


def _tests(stage: Stage) -> dict[str, list[Example]]:
    """For each source with a development part, some of its answerable questions."""
    tests: dict[str, list[Example]] = {}
    for name in stage.questions:
        folder = stage.packed / "qa_dev" / name
        if stage.score_questions and folder.exists():
            source = Questions(folder)
            every = [source.example(number) for number in range(len(source))]
            answerable = [example for example in every if example.golds]
            apart = max(1, len(answerable) // stage.score_questions)
            if answerable:
                tests[name] = answerable[::apart][: stage.score_questions]
    return tests


def _log(folder: Path, facts: dict[str, Any]) -> None:
    line = json.dumps(facts)
    print(line, flush=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")


def _rounded(scores: dict[str, Score]) -> dict[str, list[float]]:
    return {
        name: [round(score.loss, 3), round(score.exact, 1), round(score.f1, 1)]
        for name, score in scores.items()
    }
