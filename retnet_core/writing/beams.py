"""Beam search: the best continuations found when the likeliest few are followed at each step.

A beam's whole past is one state of constant size, so to follow another beam is to gather a row:
nothing as long as the text is copied, as a cache of keys and values would have to be.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from retnet_core.model import RetNet
from retnet_core.state import RetNetState
from retnet_core.writing.line import Line, score
from retnet_core.writing.write import KEPT, Context, End, Ending


@dataclass(frozen=True, slots=True)
class Search:
    """width: how many paths are followed. length_power: see Beam.rank."""

    width: int = 4
    length_power: float = 1.0

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"width must be at least 1 path, not {self.width}")
        if not 0 <= self.length_power < float("inf"):
            raise ValueError(f"length_power must be 0 or above, not {self.length_power}")


@dataclass(frozen=True, slots=True, eq=False)
class Beam:
    """A continuation, without the token that ended it, and the context to go on from.

    log_probability: of all tokens chosen, the one that ended it included. rank: that divided by
    (how many they are)^length_power, the higher the better. At power 0 the likeliest continuation
    is best, which favours short ones; 1 ranks by the mean of a token.
    """

    tokens: tuple[int, ...]
    log_probability: float
    rank: float
    end: End
    context: Context


@dataclass(frozen=True, slots=True)
class _Path:
    """Tokens chosen, and the row of the state that has read all of them but the last."""

    tokens: tuple[int, ...]
    log_probability: float
    row: int = 0


def search(model: RetNet, context: Context, how: Search, ending: Ending) -> list[Beam]:
    """The best continuations found, at most `width`, the best first.

    At each step every path followed is continued by every token. Those that end there, by their
    token or their length, may be among the result; of the others the `width` likeliest are
    followed. It ends early where none of these can enter the result any more.
    """
    if ending.most is None or not context.unread:
        raise ValueError("a search needs an ending with a number of tokens, and an unread token")
    found: list[Beam] = []
    paths = [_Path((), 0.0)]
    line = Line(model, context.state)
    hidden = line.read([context.unread])
    for length in range(1, ending.most + 1):
        over, paths = _steps(paths, score(model, hidden), how.width, ending)
        if length == ending.most:
            over, paths = [*over, *paths], []
        for path in over:
            rank = path.log_probability / length**how.length_power
            if len(found) < how.width or rank > found[-1].rank:
                found.append(_beam(path, rank, context, line.rows([path.row]).state(), ending))
                found = sorted(found, key=lambda beam: -beam.rank)[: how.width]
        if not paths or _decided(found, paths[0], how, ending.most):
            break
        line = line.rows([path.row for path in paths])
        hidden = line.read([path.tokens[-1:] for path in paths])
    return found


def _steps(
    paths: list[_Path], scores: Tensor, width: int, ending: Ending
) -> tuple[list[_Path], list[_Path]]:
    """All paths one token longer: those that the token ends, and the likeliest of the others."""
    before = torch.tensor([path.log_probability for path in paths], dtype=torch.float64)
    likely = before[:, None] + scores.double().log_softmax(-1)  # [paths, vocabulary]
    stops = sorted(token for token in ending.tokens if 0 <= token < likely.shape[1])
    over = [(row, token) for row in range(len(paths)) for token in stops]
    going = likely.clone()
    going[:, stops] = -torch.inf
    best = going.flatten().topk(min(width, len(paths) * (likely.shape[1] - len(stops)))).indices
    on = [divmod(place, likely.shape[1]) for place in best.tolist()]

    def longer(row: int, token: int) -> _Path:
        return _Path((*paths[row].tokens, token), float(likely[row, token]), row)

    return [longer(*step) for step in over], [longer(*step) for step in on]


def _beam(path: _Path, rank: float, context: Context, state: RetNetState, ending: Ending) -> Beam:
    """The end of a path; the state has read all of its tokens but the last."""
    *tokens, last = path.tokens
    stopped = last in ending.tokens
    said = context.then(tokens).said(KEPT)
    after = Context(() if stopped else (last,), state, said)
    kept = tuple(tokens) if stopped else path.tokens
    return Beam(kept, path.log_probability, rank, "end" if stopped else "length", after)


def _decided(found: list[Beam], best: _Path, how: Search, most: int) -> bool:
    """Whether even the best path, were the rest of it certain, would rank below all found."""
    highest = best.log_probability / most**how.length_power
    return len(found) == how.width and found[-1].rank >= highest
