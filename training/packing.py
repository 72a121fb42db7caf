"""Documents as tokens, each cut once, and the flat arrays they are kept in.

A source becomes one folder of .npy files: tokens [N] uint16, exact and stem [N] int32 (the word
numbers of retnet_core.words) and doc_starts [D + 1] int64. Every position kept elsewhere is an
index into these N tokens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retnet_core.tokenizer import Tokenizer
from retnet_core.words import word_ids
from training.windows import sentence_starts

Positions = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
Tokens = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Cut:
    """A text cut into tokens. starts [T] are offsets; bounds [S + 1] are sentences, in tokens."""

    text: str
    tokens: Tokens
    starts: Positions
    exact: Numbers
    stem: Numbers
    bounds: Positions

    def offset(self, token: int) -> int:
        """Give the offset at which a token starts; the length of the text for the end."""
        return int(self.starts[token]) if token < len(self.starts) else len(self.text)

    def text_of(self, start: int, end: int) -> str:
        """Give the text from one token up to another, which is not included."""
        return self.text[self.offset(start) : self.offset(end)]


def cut(tokenizer: Tokenizer, text: str) -> Cut:
    """Cut a text into tokens with their words and sentences."""
    ids, starts = tokenizer.encode_with_offsets(text)
    exact, stem = word_ids(text, starts)
    bounds = sentence_starts(text, starts)
    tokens = np.asarray(ids, dtype=np.uint16)
    return Cut(text, tokens, starts, exact.astype(np.int32), stem.astype(np.int32), bounds)


def token_span(starts: Positions, begin: int, end: int) -> tuple[int, int]:
    """Give the first and last token, both included, that cover the characters begin to end."""
    nearest = int(np.searchsorted(starts, begin, side="right")) - 1
    first = int(np.searchsorted(starts, starts[nearest], side="left"))
    return first, int(np.searchsorted(starts, end, side="left")) - 1


def flat_starts(lengths: Iterable[int]) -> Positions:
    """Give where each of several arrays begins when they are joined, and the end of the last."""
    return np.cumsum([0, *lengths], dtype=np.int64)


def save_texts(folder: Path, name: str, cuts: Sequence[Cut]) -> Positions:
    """Write tokens, word numbers and starts of several texts, and give the starts."""
    folder.mkdir(parents=True, exist_ok=True)
    before = "" if name == "doc" else f"{name}_"
    for field in ("tokens", "exact", "stem"):
        np.save(folder / f"{before}{field}.npy", np.concatenate([getattr(c, field) for c in cuts]))
    starts = flat_starts(len(c.tokens) for c in cuts)
    np.save(folder / f"{name}_starts.npy", starts)
    return starts
