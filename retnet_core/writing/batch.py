"""Writing several texts at once, without padding: each as it would be written alone.

A padded token would make a state fade. Instead the rows are cut at the lengths that occur among
them: all rows are read up to the shortest, then those that go on up to the next, and so on. Each
token is read once, in as many calls as there are different lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from retnet_core.model import RetNet
from retnet_core.state import RetNetState
from retnet_core.writing.line import Line, lines, score
from retnet_core.writing.sampling import Sampling
from retnet_core.writing.write import Context, End, Ending, Pen


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A text that ended: its tokens, why it ended, and the context to go on from (see Writing)."""

    tokens: tuple[int, ...]
    end: End
    context: Context


def write_batch(
    model: RetNet, contexts: Sequence[Context], samplings: Sequence[Sampling], ending: Ending
) -> list[Written]:
    """Write on from every context to its end, each with its own sampling.

    Contexts may have different states or none, and different numbers of unread tokens above 0.
    Equal contexts with equal seeds are written equally: for several drafts give several seeds.
    In float64 a row is written as it would be alone; in float32 as Writing says. Raises ValueError
    where a context has nothing unread, and where the ending has no number of tokens.
    """
    if ending.most is None:
        raise ValueError("a batch needs an ending with a number of tokens, or it may never end")
    pens = [Pen(context, how, ending) for context, how in zip(contexts, samplings, strict=True)]
    if not pens:
        return []
    done: dict[int, Written] = {}
    going = list(range(len(pens)))
    hidden, line = read_ragged(model, contexts)
    while True:
        scores = score(model, hidden)
        done |= _write([pens[row] for row in going], going, scores, line)
        stay = [place for place, row in enumerate(going) if row not in done]
        if not stay:
            return [done[row] for row in range(len(pens))]
        line = line.rows(stay) if len(stay) < len(going) else line
        going = [going[place] for place in stay]
        hidden = line.read([pens[row].unread for row in going])


def read_ragged(model: RetNet, contexts: Sequence[Context]) -> tuple[Tensor, Line]:
    """Read what is unread in every context, at least one token each.

    Gives the hidden vector of each row's last token [B, D], and a line that goes on with the rows.
    """
    lengths = [len(context.unread) for context in contexts]
    line = lines(model, [context.state for context in contexts])
    going, start = list(range(len(contexts))), 0
    hidden: dict[int, Tensor] = {}
    after: dict[int, RetNetState] = {}
    for cut in sorted(set(lengths)):
        last = line.read([contexts[row].unread[start:cut] for row in going])
        state = line.state()
        for place, row in enumerate(going):
            if lengths[row] == cut:
                hidden[row], after[row] = last[place], state.rows([place])
        stay = [place for place, row in enumerate(going) if lengths[row] > cut]
        going, line, start = [going[place] for place in stay], line.rows(stay), cut
    rows = range(len(contexts))
    return torch.stack([hidden[row] for row in rows]), lines(model, [after[r] for r in rows])


def _write(
    pens: Sequence[Pen], rows: Sequence[int], scores: Tensor, line: Line
) -> dict[int, Written]:
    """One more token for each of these pens; those that ended, by row."""
    done = {}
    for place, (pen, row) in enumerate(zip(pens, rows, strict=True)):
        pen.write(scores[place])
        if pen.end is not None:
            context = pen.context(line.rows([place]).state())
            done[row] = Written(tuple(pen.tokens), pen.end, context)
    return done
