"""Writing on: token after token after a state, at a cost that does not grow with what was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from retnet_core.model import RetNet
from retnet_core.state import RetNetState
from retnet_core.writing.line import Line, score
from retnet_core.writing.sampling import GREEDY, Sampling, choose

End = Literal["stop", "end", "length"]
"""Why writing ended: at a stop string, at a token that ends it, or as long as it may be."""


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """All that was said so far: a state of one row, and the tokens after it, not yet read.

    state: None before the first token. recent: the last tokens that the state holds already, as
    far as they are known; the repetition penalty looks at them, and text that goes on in the
    middle of a line. A token that was just written is unread, so a context that writing hands out
    can be kept, stored and gone on from at any time: `write_on(model, context.then(tokens))`.
    """

    unread: Sequence[int] = ()
    state: RetNetState | None = None
    recent: Sequence[int] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "unread", tuple(self.unread))
        object.__setattr__(self, "recent", tuple(self.recent))
        if self.state is not None and self.state.batch != 1:
            raise ValueError(f"a context has a state of one row, not of {self.state.batch}")

    def then(self, tokens: Sequence[int]) -> Context:
        """The same with more tokens to be read after it."""
        return Context((*self.unread, *tokens), self.state, self.recent)

    def said(self, most: int) -> tuple[int, ...]:
        """The last tokens that are known, read or not: at most so many."""
        return (*self.recent, *self.unread[-most:])[-most:]


NOTHING = Context()
KEPT = 64  # recent tokens in the contexts handed out, or the window of a penalty that is wider


@dataclass(frozen=True, slots=True)
class Ending:
    """When writing ends: after `most` tokens (None: never), or before one of these tokens."""

    most: int | None = None
    tokens: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.most is not None and self.most < 1:
            raise ValueError(f"most must be at least 1 token (or None), not {self.most}")


ENDLESS = Ending()


class Pen:
    """One text being written: what was said lately, how its tokens are chosen, why it ended."""

    def __init__(self, context: Context, sampling: Sampling, ending: Ending) -> None:
        if not context.unread:
            raise ValueError(
                "a context needs at least one unread token: a state alone no longer says what "
                "comes next"
            )
        self.sampling, self.ending = sampling, ending
        self._kept = max(KEPT, sampling.window)
        self.unread, self.said = tuple(context.unread), context.said(self._kept)
        self.tokens: list[int] = []
        self.end: End | None = None
        self._chance = torch.Generator().manual_seed(sampling.seed)

    def write(self, scores: Tensor) -> None:
        """One more token by its scores [vocabulary], now that all is read; or the end."""
        token = choose(scores, self.sampling, self.said, self._chance)
        if token in self.ending.tokens:
            self.unread, self.end = (), "end"
            return
        self.tokens.append(token)
        self.unread, self.said = (token,), (*self.said, token)[-self._kept :]
        if len(self.tokens) == self.ending.most:
            self.end = "length"

    def context(self, state: RetNetState | None) -> Context:
        """What was said so far, after this state of all but the unread tokens."""
        return Context(self.unread, state, self.said[: max(len(self.said) - len(self.unread), 0)])


class Writing(Iterator[int]):
    """Token ids, each written when it is asked for; the token that ends the text is not given.

    Nothing is read before the first is asked for. In float64 the tokens do not depend on how the
    text was cut when it was read; in float32 two tokens may be so close that rounding decides.
    """

    def __init__(self, model: RetNet, pen: Pen, state: RetNetState | None) -> None:
        self._model, self._pen, self._line = model, pen, Line(model, state)

    @property
    def context(self) -> Context:
        """All that was read and written so far: the last token given is in it, unread.

        Where a token ended the text, all is read and nothing unread, and that token is not in it.
        """
        return self._pen.context(self._line.state())

    @property
    def tokens(self) -> tuple[int, ...]:
        """What was given so far."""
        return tuple(self._pen.tokens)

    @property
    def end(self) -> End | None:
        """Why it ended; None as long as more may come."""
        return self._pen.end

    def __next__(self) -> int:
        pen = self._pen
        if pen.end is None:
            pen.write(score(self._model, self._line.read([pen.unread]))[0])
            if pen.unread:
                return pen.tokens[-1]
        raise StopIteration


def write_on(
    model: RetNet,
    context: Context,
    sampling: Sampling = GREEDY,
    ending: Ending = ENDLESS,
) -> Writing:
    """Read what is unread in a context, then write on from it, as long as tokens are asked for.

    Raises ValueError where the context has nothing unread.
    """
    return Writing(model, Pen(context, sampling, ending), context.state)
