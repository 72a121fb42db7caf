"""What the salience head learns: to rank the sentences that good summaries quote above the others.

Letters: S sentences of a document, D width of the body.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from retnet_core.heads import Salience, sentence_features
from training.heads.heard import Hidden, widened


@dataclass(frozen=True, slots=True, eq=False)
class Sentences:
    """One document: features [S, D + 1] of its sentences, and quoted [S], which ones to choose."""

    features: Tensor
    quoted: Tensor


def read_sentences(folder: Path, heard: Hidden) -> list[Sentences]:
    """The documents of a folder (summaries.py) that have something to choose."""
    spans, quoted = np.load(folder / "sentences.npy"), np.load(folder / "quoted.npy")
    starts = np.load(folder / "doc_starts.npy")
    found = []
    for first, last in pairwise(starts.tolist()):
        mine = (spans[:, 0] >= first) & (spans[:, 1] <= last)
        if 0 < quoted[mine].sum() < mine.sum():
            features = features_of(heard, spans[mine])
            found.append(Sentences(features, torch.from_numpy(quoted[mine] == 1)))
    return found


def features_of(heard: Hidden, spans: npt.NDArray[np.int64]) -> Tensor:
    """The features [S, D + 1] of sentences from their spans [S, 2] in the kept hidden vectors."""
    rows = []
    for a, b in spans.tolist():
        whole = torch.ones(1, b - a, dtype=torch.bool)
        rows.append(sentence_features(widened(np.array(heard[a:b])), whole))
    return torch.cat(rows)


def choice_loss(salience: Salience, document: Sentences) -> Tensor:
    """−log of the share of the quoted sentences under softmax over the document, their mean."""
    scores = salience.score(document.features).log_softmax(0)
    return -scores[document.quoted].mean()


def salience_loss(
    salience: Salience, documents: list[Sentences], step: int, batch: int, seed: int
) -> Tensor:
    """The mean loss of some documents, drawn by seed and step alone."""
    chance = np.random.default_rng([seed, step, 2])
    chosen = chance.integers(len(documents), size=batch).tolist()
    return torch.stack([choice_loss(salience, documents[number]) for number in chosen]).mean()
