"""From raw data and a body that stands still to a model with heads: resumable at every point.

What a body does not change (pairs, the teacher's vectors) is kept in `pairs` and made once; what
depends on the body is in a folder of `run` named after its weights.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW

from retnet_core.checkpoint import CARD, TOKENIZER, LoadedReader, load_reader, save_reader
from retnet_core.heads import Embedder
from retnet_core.held import quickest
from retnet_core.reader import Reader
from training.checkpoints import Standing, load_weights, resume, save
from training.heads.batches import Source, draw
from training.heads.embedding import begin, directions, match_loss, piece_counts, turned
from training.heads.heard import Hidden, hear_documents, hear_questions
from training.heads.pairs import prepare_pairs
from training.heads.stage import HeadsStage, Rates
from training.heads.taught import teach
from training.sources import SUFFIX
from training.teacher import Teacher, piece_texts

LOG_EVERY = 50

Losses = Callable[[int], Tensor]  # the loss of a step


def train_heads(stage: HeadsStage, out: Path) -> str:
    """Do what is left of a stage and write the model; gives the fingerprint of its weights."""
    torch.set_num_threads(stage.threads)
    torch.manual_seed(stage.seed)
    quick = load_reader(stage.model, held=quickest())
    towards = prepare(stage, quick)
    sources = heard_sources(stage, quick, towards)
    reader = with_heads(stage)
    assert reader.embedder is not None
    _begin(stage, reader.embedder, sources, towards)
    folder = folder_of(stage, quick) / "embedding"
    losses = _embedding_losses(stage, reader.embedder, sources)
    train(reader.embedder, losses, stage.embedding, folder, stage.save_seconds)
    card = stage.model / CARD
    text = card.read_text(encoding="utf-8") if card.is_file() else None
    return save_reader(out, reader, stage.model / TOKENIZER, card=text)


def prepare(stage: HeadsStage, loaded: LoadedReader) -> Tensor | None:
    """Write the pairs and the teacher's vectors that are missing; gives the latter's directions."""
    teacher = None if stage.teacher is None else Teacher.of(stage.teacher)
    for name in stage.sources:
        folder = stage.pairs / name
        if not (folder / "negatives.npy").exists():
            raw = stage.raw / "train" / f"{name}{SUFFIX}"
            counts = prepare_pairs(
                raw, loaded.tokenizer, folder, most=stage.most_passages, seed=stage.seed
            )
            print("pairs", name, counts, flush=True)
        if teacher is not None:
            print("taught", name, teach(folder, loaded.tokenizer, teacher), flush=True)
    if teacher is None:
        return None
    taught = [
        torch.from_numpy(np.load(stage.pairs / name / f"taught_{kind}.npy"))
        for name in sorted(stage.sources)
        for kind in ("passages", "questions")
    ]
    return directions(taught, stage.embedding_width)


def folder_of(stage: HeadsStage, loaded: LoadedReader) -> Path:
    """Where what depends on this body is kept."""
    return stage.run / loaded.weights_fingerprint[:16]


def heard_sources(
    stage: HeadsStage, loaded: LoadedReader, towards: Tensor | None
) -> dict[str, Source]:
    """The sources with the hidden vectors of the body, which are read where they are missing."""
    made = {}
    for name in stage.sources:
        pairs, kept = stage.pairs / name, folder_of(stage, loaded) / "heard" / name
        heard = (
            _kept(kept / "passages.npy", lambda p=pairs: hear_documents(loaded, p)),
            _kept(kept / "questions.npy", lambda p=pairs: hear_questions(loaded, p)),
        )
        counts = (len(np.load(pairs / "passages.npy")), len(np.load(pairs / "holes.npy")))
        kinds = ("passages", "questions")
        taught = tuple(
            torch.zeros(count, stage.embedding_width)
            if towards is None
            else turned(torch.from_numpy(np.load(pairs / f"taught_{kind}.npy")), towards)
            for kind, count in zip(kinds, counts, strict=True)
        )
        made[name] = Source(pairs, heard, (taught[0], taught[1]))
    return made


def _kept(path: Path, make: Callable[[], Hidden]) -> Hidden:
    """An array of a file, made and written whole where it is missing."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        began = time.monotonic()
        with unfinished.open("wb") as file:
            np.save(file, make())
        os.replace(unfinished, path)
        print("heard", path.parent.name, path.stem, round(time.monotonic() - began, 1), flush=True)
    found: Hidden = np.load(path, mmap_mode="r")
    return found


def with_heads(stage: HeadsStage) -> Reader:
    """The reader of the stage's model with new heads in the place of those it may have."""
    old = load_reader(stage.model).reader
    reader = Reader(replace(old.config, embedding_width=stage.embedding_width))
    weights = {k: v for k, v in old.state_dict().items() if not k.startswith("embedder.")}
    load_weights(
        reader,
        {f"model.{k}": v for k, v in {**reader.state_dict(), **weights}.items()},
    )
    return reader


def _begin(
    stage: HeadsStage, embedder: Embedder, sources: dict[str, Source], towards: Tensor | None
) -> None:
    vocabulary = embedder.table.num_embeddings
    words = None
    if stage.teacher is not None and towards is not None:
        rows = Teacher.of(stage.teacher).of_words(piece_texts(stage.model / TOKENIZER))
        words = turned(torch.nn.functional.normalize(rows, dim=-1), towards)
    counts = piece_counts([sources[name].tokens for name in sorted(sources)], vocabulary)
    begin(embedder, words, counts)


def _embedding_losses(stage: HeadsStage, embedder: Embedder, sources: dict[str, Source]) -> Losses:
    def loss(step: int) -> Tensor:
        batch = draw(sources, stage.sources, step, stage.embedding.batch, stage.seed, stage.hard)
        return match_loss(embedder, batch, stage.distilling)

    return loss


def train(head: nn.Module, losses: Losses, rates: Rates, folder: Path, save_seconds: float) -> None:
    """Train one head until its last step, saving now and then; a stopped run goes on."""
    folder.mkdir(parents=True, exist_ok=True)
    adam = AdamW(head.parameters(), lr=rates.rate, betas=(0.9, 0.98), weight_decay=0.0)
    at = resume(folder, head, (adam,)) or Standing(0, 0, None)
    sums, saved = 0.0, time.monotonic()
    for step in range(at.step, rates.steps):
        for group in adam.param_groups:
            group["lr"] = rates.rate * share_of_rate(rates, step)
        loss = losses(step)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        sums += float(loss.detach())
        if (step + 1) % LOG_EVERY == 0:
            _log(folder, {"step": step + 1, "loss": round(sums / LOG_EVERY, 4)})
            sums = 0.0
        if time.monotonic() - saved > save_seconds or step + 1 == rates.steps:
            save(folder, head, (adam,), Standing(step + 1, 0, None))
            saved = time.monotonic()


def share_of_rate(rates: Rates, step: int) -> float:
    """Rise over the warm-up, stay, and fall to a twentieth over the second half."""
    left = (rates.steps - step) / max(1.0, rates.steps / 2)
    return min(1.0, (step + 1) / max(1, rates.warmup)) * min(1.0, 0.05 + 0.95 * left)


def _log(folder: Path, facts: dict[str, Any]) -> None:
    line = json.dumps(facts)
    print(line, flush=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")
