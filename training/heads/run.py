"""From raw data and a body that stands still to a model with heads: resumable at every point.

What a body does not change (pairs, summaries, the teacher's vectors) is kept in `pairs` and made
once; what depends on the body is in a folder of `run` named after its weights.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from retnet_core.checkpoint import CARD, TOKENIZER, LoadedReader, load_reader, save_reader
from retnet_core.heads import Embedder, Salience
from retnet_core.held import quickest
from retnet_core.reader import Reader
from training.checkpoints import load_weights
from training.heads.batches import Source, draw
from training.heads.embedding import begin, directions, match_loss, piece_counts, turned
from training.heads.heard import hear_documents, hear_questions, kept
from training.heads.pairs import prepare_pairs
from training.heads.saliences import read_sentences, salience_loss
from training.heads.stage import HeadsStage
from training.heads.steps import train
from training.heads.summaries import prepare_summaries
from training.heads.taught import teach
from training.sources import SUFFIX
from training.teacher import Teacher, piece_texts

HEADS = ("embedder.", "salience.")
KINDS = ("passages", "questions")


def train_heads(stage: HeadsStage, out: Path) -> str:
    """Do what is left of a stage and write the model; gives the fingerprint of its weights."""
    torch.set_num_threads(stage.threads)
    torch.manual_seed(stage.seed)
    loaded = load_reader(stage.model, held=quickest())
    prepare(stage, loaded)
    reader = with_heads(stage)
    assert reader.embedder is not None
    assert reader.salience is not None
    train_embedder(stage, loaded, reader.embedder)
    train_salience(stage, loaded, reader.salience)
    card = stage.model / CARD
    text = card.read_text(encoding="utf-8") if card.is_file() else None
    return save_reader(out, reader, stage.model / TOKENIZER, card=text)


def prepare(stage: HeadsStage, loaded: LoadedReader) -> None:
    """Write what is missing of the arrays that no body changes."""
    for name in stage.sources:
        folder = stage.pairs / name
        if not (folder / "negatives.npy").exists():
            raw, most = stage.raw / "train" / f"{name}{SUFFIX}", stage.most_passages[name]
            print(
                name, prepare_pairs(raw, loaded.tokenizer, folder, most=most, seed=stage.seed),
                flush=True,
            )  # fmt: skip
    for name in stage.summaries:
        folder = summaries_of(stage, name)
        if not (folder / "quoted.npy").exists():
            raw, most = stage.raw / "train" / f"{name}{SUFFIX}", stage.most_sentences
            print(
                name, prepare_summaries(raw, loaded.tokenizer, folder, most=most, seed=stage.seed),
                flush=True,
            )  # fmt: skip
    if stage.teacher is not None:
        teacher = Teacher.of(stage.teacher)
        for name in stage.taught:
            made = teach(stage.pairs / name, loaded.tokenizer, teacher)
            print(name, {"taught": made}, flush=True)


def summaries_of(stage: HeadsStage, name: str) -> Path:
    """The folder of a source of summaries, which may be a source of pairs too."""
    return stage.pairs / "summaries" / name


def folder_of(stage: HeadsStage, loaded: LoadedReader) -> Path:
    """Where what depends on this body is kept."""
    return stage.run / loaded.weights_fingerprint[:16]


def train_embedder(stage: HeadsStage, loaded: LoadedReader, embedder: Embedder) -> None:
    """Begin with the teacher's words, learn from pairs."""
    towards = _directions(stage)
    sources = heard_sources(stage, loaded, towards)
    words = None
    if stage.teacher is not None and towards is not None:
        rows = Teacher.of(stage.teacher).of_words(piece_texts(stage.model / TOKENIZER))
        words = turned(F.normalize(rows, dim=-1), towards)
    tokens = [sources[name].tokens for name in sorted(sources)]
    begin(embedder, words, piece_counts(tokens, embedder.table.num_embeddings))

    def loss(step: int) -> Tensor:
        rates = stage.embedding
        batch = draw(sources, stage.sources, step, rates.batch, stage.seed, stage.hard)
        return match_loss(embedder, batch, stage.distilling)

    folder = folder_of(stage, loaded) / "embedding"
    train(embedder, loss, stage.embedding, folder, stage.save_seconds)


def train_salience(stage: HeadsStage, loaded: LoadedReader, salience: Salience) -> None:
    """Learn from the sentences that summaries would quote."""
    documents = []
    for name in stage.summaries:
        pairs = summaries_of(stage, name)
        path = folder_of(stage, loaded) / "heard" / "summaries" / f"{name}.npy"
        documents += read_sentences(pairs, kept(path, partial(hear_documents, loaded, pairs)))

    def loss(step: int) -> Tensor:
        return salience_loss(salience, documents, step, stage.salience.batch, stage.seed)

    folder = folder_of(stage, loaded) / "salience"
    train(salience, loss, stage.salience, folder, stage.save_seconds)


def heard_sources(
    stage: HeadsStage, loaded: LoadedReader, towards: Tensor | None
) -> dict[str, Source]:
    """The sources with the hidden vectors of the body, which are read where they are missing."""
    made = {}
    for name in stage.sources:
        pairs, folder = stage.pairs / name, folder_of(stage, loaded) / "heard" / name
        heard = (
            kept(folder / "passages.npy", partial(hear_documents, loaded, pairs)),
            kept(folder / "questions.npy", partial(hear_questions, loaded, pairs)),
        )
        passages, questions = (_taught(stage, name, kind, towards) for kind in KINDS)
        made[name] = Source(pairs, heard, (passages, questions))
    return made


def _directions(stage: HeadsStage) -> Tensor | None:
    if stage.teacher is None or not stage.taught:
        return None
    files = [f for name in sorted(stage.taught) for f in _files(stage, name)]
    return directions([torch.from_numpy(np.load(f)) for f in files], stage.embedding_width)


def _files(stage: HeadsStage, name: str) -> Iterable[Path]:
    return (stage.pairs / name / f"taught_{kind}.npy" for kind in KINDS)


def _taught(stage: HeadsStage, name: str, kind: str, towards: Tensor | None) -> Tensor:
    """The teacher's vectors of a source [n, E]: zero where it was not asked."""
    if towards is not None and name in stage.taught:
        rows = np.load(stage.pairs / name / f"taught_{kind}.npy")
        return turned(torch.from_numpy(rows), towards)
    counted = "passages" if kind == "passages" else "holes"
    count = len(np.load(stage.pairs / name / f"{counted}.npy"))
    return torch.zeros(count, stage.embedding_width)


def with_heads(stage: HeadsStage) -> Reader:
    """The reader of the stage's model with new heads in the place of those it may have."""
    old = load_reader(stage.model).reader
    reader = Reader(
        replace(
            old.config,
            embedding_width=stage.embedding_width,
            salience_width=stage.salience_width,
        )
    )
    weights = {k: v for k, v in old.state_dict().items() if not k.startswith(HEADS)}
    whole = {**reader.state_dict(), **weights}
    load_weights(reader, {f"model.{name}": weight for name, weight in whole.items()})
    return reader
