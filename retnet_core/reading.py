"""Reading with a loaded reader, in and out of plain text: no caller needs a tensor.

On processors that multiply bfloat16 the matrices are multiplied in it; states stay float32.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from retnet_core.checkpoint import LoadedReader
from retnet_core.held import multiplies_bfloat16
from retnet_core.ragged import read_rows
from retnet_core.reader import SpanScores, Text
from retnet_core.state import RetNetState
from retnet_core.words import word_ids

LONGEST_QUESTION = 64  # tokens; of a longer question its end is read
COMPARED = 40  # spans, the likeliest: the others have next to no chance

Ids = list[int]


@dataclass(frozen=True, slots=True, eq=False)
class PassageScores:
    """What the second reading found in one passage of T tokens.

    starts, ends [T]: offsets of each token in the passage's text. log_odds [T, R]: how much
    likelier the span from token t to t + r is than that the passage does not answer; −inf where
    there is no such span.
    """

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    log_odds: npt.NDArray[np.float32]

    def best_span(self, start: int, end: int) -> tuple[int, int, float] | None:
        """What answers best within [start, end), and the log-odds that the answer is there at all.

        The offsets are those of the span with the highest expected F1: its overlap in tokens with
        each likely span, weighed by the chance of that (minimum Bayes risk: Goel and Byrne 2000).
        So a span on which many agree is chosen before one that is likeliest alone. None without a
        token. A token may begin with the space before its word, so the offsets are cut to the
        bounds.
        """
        inside = np.flatnonzero((self.ends > start) & (self.starts < end))
        if not len(inside):
            return None
        odds = self.log_odds[inside[0] : inside[-1] + 1].copy()
        count, reach = odds.shape
        odds[np.arange(count)[:, None] + np.arange(reach) >= count] = -np.inf
        first, last = inside[0] + _least_risk(odds)
        begin, stop = int(self.starts[first]), int(self.ends[last])
        return max(start, begin), min(end, stop), float(np.logaddexp.reduce(odds, axis=None))

    def doubting(self, places: Iterable[tuple[int, int]], by: float) -> PassageScores:
        """The same where spans that touch none of these places are less likely by so much."""
        told = np.zeros(len(self.starts), dtype=bool)
        for start, end in places:
            told |= (self.ends > start) & (self.starts < end)
        count, reach = self.log_odds.shape
        before = np.concatenate([[0], np.cumsum(told)])
        first = np.arange(count)[:, None]
        beyond = np.minimum(first + np.arange(reach) + 1, count)
        without = before[beyond] == before[first]
        return replace(self, log_odds=self.log_odds - np.float32(by) * without)


def _least_risk(odds: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """First and last token of the span with the highest expected F1, from log-odds [T, R]."""
    there = np.count_nonzero(np.isfinite(odds))
    likeliest = np.argsort(-odds, axis=None, kind="stable")[: min(there, COMPARED)]
    first, length = np.divmod(likeliest, odds.shape[1])
    last = first + length
    chance = np.exp(odds.flat[likeliest] - odds.max())
    shared = np.minimum.outer(last, last) - np.maximum.outer(first, first) + 1
    overlap = 2 * np.maximum(shared, 0) / np.add.outer(length + 1, length + 1)
    best = int((overlap @ chance).argmax())
    return np.array([first[best], last[best]])


def read_on(loaded: LoadedReader, tokens: Sequence[int], state: RetNetState | None) -> RetNetState:
    """The state after reading tokens that follow a state of one row; None is the beginning."""
    with inference(loaded):
        device = device_of(loaded)
        ids = torch.tensor([list(tokens)], device=device)
        _, after = loaded.reader.body(ids, None if state is None else state.to(device))
    return at_rest(after)


def at_rest(state: RetNetState) -> RetNetState:
    """The state on the CPU, in memory of its own: where states are kept between two readings."""
    return RetNetState(state.tensor.cpu().clone())


def read_again(
    loaded: LoadedReader,
    question: str,
    passages: Sequence[str],
    pasts: Sequence[RetNetState],
    gaps: Sequence[Sequence[int]],
) -> tuple[PassageScores, ...]:
    """Answer a question over several passages in one batch.

    pasts: for each passage a state from before it; gaps: the tokens that are read again between
    that state and the passage.
    """
    cut = [loaded.tokenizer.encode_with_offsets(text) for text in passages]
    read = [_words(text, *pieces) for text, pieces in zip(passages, cut, strict=True)]
    asked = _words(question, *loaded.tokenizer.encode_with_offsets(question))
    asked = asked[:, -LONGEST_QUESTION:]
    with inference(loaded):
        device = device_of(loaded)
        _, past = read_rows(loaded.reader.body, gaps, RetNetState.stack(pasts).to(device))
        scores = loaded.reader.read_again(
            _padded([asked] * len(passages), device), _padded(read, device), past
        )
    return tuple(
        _passage_scores(scores, row, np.asarray(starts), len(text))
        for row, (text, (_, starts)) in enumerate(zip(passages, cut, strict=True))
    )


def _words(text: str, ids: Ids, starts: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Token ids and the ids of their words: [3, T]."""
    exact, stem = word_ids(text, starts)
    return np.stack([np.asarray(ids, dtype=np.int64), exact, stem])


def _padded(rows: Sequence[npt.NDArray[np.int64]], device: torch.device) -> Text:
    longest = max(1, *(row.shape[1] for row in rows))
    values = torch.zeros(3, len(rows), longest, dtype=torch.int64)
    real = torch.zeros(len(rows), longest, dtype=torch.bool)
    for number, row in enumerate(rows):
        values[:, number, : row.shape[1]] = torch.from_numpy(row)
        real[number, : row.shape[1]] = True
    tokens, exact, stem = values.to(device)
    return Text(tokens, exact, stem, real.to(device))


def _passage_scores(
    scores: SpanScores, row: int, starts: npt.NDArray[np.int64], length: int
) -> PassageScores:
    count = len(starts)
    odds = (scores.spans[row, :count] - scores.absent[row]).float().cpu().numpy()
    following = np.searchsorted(starts, starts, side="right")
    ends = np.append(starts, length)[following]
    odds[odds < -1e3] = -np.inf  # spans that leave the passage
    return PassageScores(starts, ends, odds)


def device_of(loaded: LoadedReader) -> torch.device:
    """Where the weights of a reader are."""
    weight: Tensor = next(loaded.reader.parameters())
    return weight.device


@contextmanager
def inference(loaded: LoadedReader) -> Iterator[None]:
    """No gradients, and bfloat16 products where the processor has them."""
    kind = device_of(loaded).type
    quick = kind != "cpu" or multiplies_bfloat16()
    with torch.inference_mode(), torch.autocast(kind, torch.bfloat16, enabled=quick):
        yield
