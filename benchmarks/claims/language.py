"""Training a small model on running text, and the perplexity of what it has not seen.

Letters: B rows of a batch, T length of a row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import AdamW

from benchmarks.claims.models import Kind, build, hidden
from benchmarks.transformer import Transformer
from retnet_core.config import RetNetConfig
from retnet_core.model import RetNet

WARMUP, LAST = 0.1, 0.1  # share of the steps; the last rate as a share of the highest
DECAY = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Token numbers to train on and, from the end of the same file, to be judged by."""

    train: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]

    @staticmethod
    def of(tokens: npt.NDArray[np.integer], vocabulary: int, held_out: int) -> Texts:
        """Split tokens and renumber them: the most frequent keep a number, all others share 0.

        Counted in the training part only. Raises ValueError where too little is left to train on.
        """
        if len(tokens) < 2 * held_out:
            raise ValueError(f"{len(tokens)} tokens are too few to hold {held_out} of them out")
        train, test = tokens[:-held_out], tokens[-held_out:]
        counts = np.bincount(train, minlength=int(tokens.max()) + 1)
        often = np.argsort(-counts, kind="stable")[: vocabulary - 1]
        number = np.zeros(len(counts), dtype=np.int64)
        number[often] = np.arange(1, len(often) + 1)
        return Texts(number[train], number[test])

    def batch(self, seed: int, step: int, rows: int, length: int) -> Tensor:
        """Rows [B, T + 1] from anywhere in the training part; seed and step alone decide."""
        chance = np.random.default_rng([seed, step])
        starts = chance.integers(len(self.train) - length, size=rows)
        return torch.from_numpy(self.train[starts[:, None] + np.arange(length + 1)])


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one model is trained: everything but its kind."""

    rows: int
    length: int
    tokens: int
    rate: float
    seed: int

    @property
    def steps(self) -> int:
        return max(1, self.tokens // (self.rows * self.length))

    def rate_at(self, step: int) -> float:
        """Up in a straight line over the warm-up, then down along a cosine."""
        warm = WARMUP * self.steps
        if step < warm:
            return self.rate * (step + 1) / (warm + 1)
        done = (step - warm) / max(1.0, self.steps - warm)
        return self.rate * (LAST + (1 - LAST) * (1 + math.cos(math.pi * done)) / 2)


def train(kind: Kind, config: RetNetConfig, texts: Texts, recipe: Recipe) -> RetNet | Transformer:
    """A model of this kind after all steps of a recipe, in bfloat16 autocast."""
    model = build(kind, config, recipe.seed)
    matrices = [weight for weight in model.parameters() if weight.dim() > 1]
    norms = [weight for weight in model.parameters() if weight.dim() == 1]
    groups = [
        {"params": matrices, "weight_decay": DECAY},
        {"params": norms, "weight_decay": 0.0},
    ]
    optimizer = AdamW(groups, betas=(0.9, 0.98))
    for step in range(recipe.steps):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate_at(step)
        rows = texts.batch(recipe.seed, step, recipe.rows, recipe.length)
        optimizer.zero_grad(set_to_none=True)
        _loss(model, rows).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model


@torch.inference_mode()
def perplexity(model: RetNet | Transformer, test: npt.NDArray[np.int64], length: int) -> float:
    """Of the test text in windows of T tokens, each read from nothing; a remainder is left out.

    A text that is shorter than a window is read whole.
    """
    length = min(length, len(test) - 1)
    count = (len(test) - 1) // length
    losses = []
    for window in range(count):
        row = torch.from_numpy(test[window * length : (window + 1) * length + 1])
        losses.append(float(_loss(model, row[None])))
    return math.exp(sum(losses) / count)


def _loss(model: RetNet | Transformer, rows: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        logits = model.logits(hidden(model, rows[:, :-1]))
    return F.cross_entropy(logits.flatten(0, 1).float(), rows[:, 1:].flatten())
