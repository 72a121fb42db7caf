"""What training minimises."""

import torch
from torch import Tensor
from torch.nn import functional as F

from retnet_core.model import RetNet
from retnet_core.reader import Reader, SpanScores
from retnet_core.state import RetNetState
from training.batches import Batch
from training.sparing import read_sparingly, sliced_loss


def language_loss(
    model: RetNet, tokens: Tensor, state: RetNetState | None, sparing: bool = False
) -> tuple[Tensor, RetNetState]:
    """Cross-entropy of each next token, tokens [B, T + 1], and the state to carry, detached.

    sparing: in less memory and more time, to the same loss and gradients (sparing.py).
    """
    if sparing:
        hidden, after = read_sparingly(model, tokens[:, :-1], state)
        loss = sliced_loss(model.logits, hidden, tokens[:, 1:])
    else:
        hidden, after = model(tokens[:, :-1], state)
        logits = model.logits(hidden).flatten(0, 1).float()
        loss = F.cross_entropy(logits, tokens[:, 1:].flatten())
    return loss, RetNetState(after.tensor.detach())


def answer(reader: Reader, batch: Batch, before: RetNetState | None = None) -> SpanScores:
    """The second reading of a batch, from the state after the context of each row.

    The context is read after a state `before` and without gradient: what a state must hold is
    taught by language modelling.
    """
    with torch.no_grad():
        embedded = reader.body.embed(batch.context.tokens)
        _, state = reader.body.read(embedded, before, batch.context.real)
    return reader.read_again(batch.question, batch.passage, state)


def span_loss(scores: SpanScores, golds: Tensor) -> Tensor:
    """−log of the probability of any gold span [B, G, 2], or of absence where there is none.

    A gold span longer than the longest answer is cut to it: no longer one has a score.
    """
    log_p = scores.log_probabilities()
    reach = scores.spans.shape[2]
    first, last = golds.unbind(-1)
    index = first.clamp(min=0) * reach + (last - first).clamp(max=reach - 1)
    chosen = log_p.gather(1, index).masked_fill(first < 0, -torch.inf)
    absent = torch.where((first < 0).all(1), log_p[:, -1], -torch.inf)
    return -torch.logsumexp(torch.cat((chosen, absent[:, None]), dim=1), dim=1).mean()
