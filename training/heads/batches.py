"""Batches of questions and passages, drawn from the arrays of pairs.py, taught.py and heard.py.

Letters: Q questions and P passages of a batch, T tokens of the longest, D width, E embedding.
The draw depends on the seed and the number of the step alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.heads.heard import Hidden, widened

Positions = npt.NDArray[np.int64]
Chosen = tuple["Source", int]  # a passage or a question of a source


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts side by side: tokens [B, T], hidden [B, T, D], inside [B, 1, T], taught [B, E].

    inside is False on padding and where a question was taken from; taught rows are zero where
    the teacher was not asked.
    """

    tokens: Tensor
    hidden: Tensor
    inside: Tensor
    taught: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """answers [Q]: the passage of each question; forbidden [Q, P]: others that answer it too."""

    questions: Texts
    passages: Texts
    answers: Tensor
    forbidden: Tensor


class Source:
    """One source: its arrays, its hidden vectors and the teacher's, turned to E numbers."""

    def __init__(
        self, pairs: Path, heard: tuple[Hidden, Hidden], taught: tuple[Tensor, Tensor]
    ) -> None:
        load = {path.stem: np.load(path) for path in sorted(pairs.glob("*.npy"))}
        self.name = pairs.name
        self.tokens, self.question_tokens = load["tokens"], load["question_tokens"]
        self.passages: Positions = load["passages"]
        starts = load["question_starts"]
        self.questions: Positions = np.stack([starts[:-1], starts[1:]], axis=1)
        self.holes: Positions = load["holes"]
        self.negatives: Positions = load["negatives"]
        self.heard, self.taught = heard, taught
        golds: list[list[int]] = [[] for _ in self.questions]
        for question, passage in load["golds"].tolist():
            golds[question].append(passage)
        self.golds = tuple(map(tuple, golds))


def draw(
    sources: Mapping[str, Source],
    weights: Mapping[str, float],
    step: int,
    size: int,
    seed: int,
    hard: int = 1,
) -> Matches:
    """`size` questions, a passage that answers each, and `hard` alike ones that do not."""
    chance = np.random.default_rng([seed, step])
    names = sorted(weights)
    shares = np.asarray([weights[name] for name in names])
    asked: list[Chosen] = []
    offered: dict[tuple[str, int], Chosen] = {}
    holes: dict[tuple[str, int], tuple[int, int]] = {}
    answers: list[tuple[str, int]] = []
    for number in chance.choice(len(names), size=size, p=shares / shares.sum()).tolist():
        source = sources[names[number]]
        question = int(chance.integers(len(source.questions)))
        gold = int(chance.choice(source.golds[question]))
        wrong = source.negatives[question]
        wrong = chance.permutation(wrong[wrong >= 0])[:hard].tolist()
        for passage in (gold, *wrong):
            offered.setdefault((source.name, passage), (source, passage))
        if source.holes[question, 0] >= 0:
            first, last = source.holes[question].tolist()
            holes[source.name, gold] = (first, last)
        asked.append((source, question))
        answers.append((source.name, gold))
    columns = {key: column for column, key in enumerate(offered)}
    forbidden = torch.zeros(len(asked), len(columns), dtype=torch.bool)
    for row, (source, question) in enumerate(asked):
        for passage in source.golds[question]:
            column = columns.get((source.name, passage))
            if column is not None and (source.name, passage) != answers[row]:
                forbidden[row, column] = True
    return Matches(
        questions_of(asked),
        passages_of(list(offered.values()), [holes.get(key) for key in offered]),
        torch.tensor([columns[key] for key in answers]),
        forbidden,
    )


def passages_of(
    chosen: Sequence[Chosen], holes: Sequence[tuple[int, int] | None] | None = None
) -> Texts:
    """These passages, each without the tokens of its hole."""
    spans = [source.passages[number].tolist() for source, number in chosen]
    texts = _texts(
        [source.tokens[a:b] for (source, _), (a, b) in zip(chosen, spans, strict=True)],
        [source.heard[0][a:b] for (source, _), (a, b) in zip(chosen, spans, strict=True)],
        [source.taught[0][number] for source, number in chosen],
    )
    for row, hole in enumerate(holes or ()):
        if hole is not None:
            start = spans[row][0]
            texts.inside[row, 0, hole[0] - start : hole[1] - start] = False
    return texts


def questions_of(chosen: Sequence[Chosen]) -> Texts:
    """These questions."""
    spans = [source.questions[number].tolist() for source, number in chosen]
    return _texts(
        [source.question_tokens[a:b] for (source, _), (a, b) in zip(chosen, spans, strict=True)],
        [source.heard[1][a:b] for (source, _), (a, b) in zip(chosen, spans, strict=True)],
        [source.taught[1][number] for source, number in chosen],
    )


def _texts(
    tokens: Sequence[npt.NDArray[np.uint16]], hidden: Sequence[Hidden], taught: Sequence[Tensor]
) -> Texts:
    longest = max(1, *(len(row) for row in tokens))
    ids = np.zeros((len(tokens), longest), dtype=np.int64)
    kept = np.zeros((len(tokens), longest, hidden[0].shape[1]), dtype=np.uint16)
    inside = np.zeros((len(tokens), 1, longest), dtype=bool)
    for row, (pieces, vectors) in enumerate(zip(tokens, hidden, strict=True)):
        ids[row, : len(pieces)] = pieces
        kept[row, : len(pieces)] = vectors
        inside[row, 0, : len(pieces)] = True
    return Texts(
        torch.from_numpy(ids), widened(kept), torch.from_numpy(inside), torch.stack(list(taught))
    )
