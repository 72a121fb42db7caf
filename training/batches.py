"""Batches of questions over passages, drawn from the arrays that prepare.py wrote.

Letters: B batch, Q question tokens, P passage tokens, C context tokens, G golds.
The draw depends on the seed and the number of the step alone, so a resumed run sees the same
batches as one that was never stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from retnet_core.reader import Text
from training.prepare import COLUMNS

LONGEST_QUESTION = 48
TOGETHER = 8  # batches drawn at once and cut by length, so that little of a batch is padding

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Example:
    """Where one question, its passage, the context before it and its golds stand in a source."""

    source: "Questions"
    question: int
    context: int
    start: int
    end: int
    golds: tuple[tuple[int, int], ...]  # first and last token, inside the passage; () for none

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """question [B, Q] padded on its left, passage [B, P] on its right, context [B, C] on its left.

    golds [B, G, 2] are first and last token in the passage, -1 where there are fewer; a row of
    only -1 has no answer in its passage.
    """

    question: Text
    passage: Text
    context: Text
    golds: Tensor


class Questions:
    """The arrays of one source, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        load = {path.stem: np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))}
        self.name = folder.name
        self.words = (load["tokens"], load["exact"], load["stem"])
        self.asked = tuple(load[f"question_{part}"] for part in ("tokens", "exact", "stem"))
        self.question_starts: Positions = load["question_starts"]
        self.doc_starts: Positions = load["doc_starts"]
        self.examples: Positions = load["examples"]
        self.golds: Positions = load["golds"]
        self.negatives: Positions | None = load.get("negatives")

    def __len__(self) -> int:
        return len(self.examples)

    def example(self, number: int) -> Example:
        """The example as it was prepared."""
        row = dict(zip(COLUMNS, self.examples[number].tolist(), strict=True))
        start, golds = row["start"], self.golds[number].tolist()
        inside = tuple((a - start, b - start) for a, b in golds if a >= 0)
        return Example(self, row["question"], row["context_start"], start, row["end"], inside)

    def without_answer(self, number: int, chance: np.random.Generator) -> Example:
        """The same question over a passage that looks right and does not answer it."""
        example = self.example(number)
        if self.negatives is None:
            return example
        found = [span for span in self.negatives[example.question].tolist() if span[0] >= 0]
        if not found:
            return example
        start, end = found[int(chance.integers(len(found)))]
        document = int(np.searchsorted(self.doc_starts, start, side="right")) - 1
        context = max(int(self.doc_starts[document]), start - 256)
        return Example(self, example.question, context, start, end, ())


def draw(
    sources: Mapping[str, Questions],
    weights: Mapping[str, float],
    step: int,
    size: int,
    negative_share: float,
    seed: int,
) -> list[Example]:
    """The examples of one step: sources by weight, rows at random, alike in length."""
    chance = np.random.default_rng([seed, step // TOGETHER])
    names = sorted(weights)
    shares = np.asarray([weights[name] for name in names])
    chosen = chance.choice(len(names), size=size * TOGETHER, p=shares / shares.sum())
    examples = []
    for number in chosen.tolist():
        source = sources[names[number]]
        row = int(chance.integers(len(source)))
        wanted = chance.random() >= negative_share
        examples.append(source.example(row) if wanted else source.without_answer(row, chance))
    examples.sort(key=lambda example: example.length)
    place = chance.permutation(TOGETHER)[step % TOGETHER] * size
    return examples[place : place + size]


def collate(examples: Sequence[Example], device: str = "cpu") -> Batch:
    """Put examples side by side."""
    asked, read, before = [], [], []
    for example in examples:
        source = example.source
        first, last = source.question_starts[example.question : example.question + 2].tolist()
        asked.append([words[max(first, last - LONGEST_QUESTION) : last] for words in source.asked])
        read.append([words[example.start : example.end] for words in source.words])
        before.append([words[example.context : example.start] for words in source.words])
    most = max(1, *(len(example.golds) for example in examples))
    golds = torch.full((len(examples), most, 2), -1)
    for row, example in enumerate(examples):
        for number, span in enumerate(example.golds):
            golds[row, number] = torch.tensor(span)
    return Batch(
        _padded(asked, device, left=True),
        _padded(read, device, left=False),
        _padded(before, device, left=True),
        golds.to(device),
    )


def _padded(rows: Sequence[Sequence[npt.NDArray[np.generic]]], device: str, left: bool) -> Text:
    longest = max(1, *(len(row[0]) for row in rows))
    arrays = np.zeros((3, len(rows), longest), dtype=np.int64)
    real = np.zeros((len(rows), longest), dtype=bool)
    for number, row in enumerate(rows):
        length = len(row[0])
        where = slice(longest - length, longest) if left else slice(0, length)
        real[number, where] = True
        for part, words in enumerate(row):
            arrays[part, number, where] = words
    tokens, exact, stem = (torch.from_numpy(array).to(device) for array in arrays)
    return Text(tokens, exact, stem, torch.from_numpy(real).to(device))
