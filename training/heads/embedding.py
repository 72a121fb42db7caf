"""What the embedding head learns: to point where the teacher points, and questions to answers.

Letters: Q questions, P passages, E embedding, H hidden width of the teacher, V vocabulary.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from retnet_core.heads import Embedder
from training.heads.batches import Matches, Texts

TEMPERATURE = 0.05
RARE = 1e-3  # a piece of this share of all tokens tells half as much as one that is never seen


def match_loss(embedder: Embedder, batch: Matches, distilling: float) -> Tensor:
    """−log of the probability of the right passage among those of the batch, and the teacher's.

    distilling weighs 1 − cosine to the teacher's vector, of questions and passages it was asked.
    """
    asked = embed(embedder, batch.questions, question=True)  # [Q, E]
    offered = embed(embedder, batch.passages, question=False)  # [P, E]
    scores = (asked @ offered.T / TEMPERATURE).masked_fill(batch.forbidden, -torch.inf)
    loss = F.cross_entropy(scores, batch.answers)
    if distilling:
        loss = loss + distilling * (
            _apart(asked, batch.questions.taught) + _apart(offered, batch.passages.taught)
        )
    return loss


def embed(embedder: Embedder, texts: Texts, *, question: bool) -> Tensor:
    """The unit vectors of texts: [B, E]."""
    form = embedder.questions if question else embedder.passages
    vectors: Tensor = form(texts.tokens, texts.hidden, texts.inside).squeeze(1)
    return vectors


def _apart(ours: Tensor, taught: Tensor) -> Tensor:
    """The mean of 1 − cosine over the rows that were taught."""
    known = (taught != 0).any(1)
    apart = (1 - (ours * taught).sum(1)) * known
    total: Tensor = apart.sum() / known.sum().clamp(min=1)
    return total


def directions(taught: Sequence[Tensor], size: int) -> Tensor:
    """The principal directions of what the teacher said: [H, size]."""
    rows = torch.cat([each.float() for each in taught])
    values, vectors = torch.linalg.eigh(rows.T @ rows / len(rows))
    chosen = vectors[:, values.argsort(descending=True)[:size]]
    signs = torch.where(chosen.sum(0) < 0, -1.0, 1.0)  # eigenvectors have none of their own
    found: Tensor = chosen * signs
    return found


def turned(taught: Tensor, towards: Tensor) -> Tensor:
    """The teacher's vectors [n, H] in E numbers, one long; zero stays zero."""
    return F.normalize(taught.float() @ towards, dim=-1)


@torch.no_grad()
def begin(embedder: Embedder, words: Tensor | None, counts: Tensor) -> None:
    """First weights: the teacher's word vectors [V, E], rarer pieces [V] weighing more.

    The hidden vectors begin without a say.
    """
    if words is None:
        embedder.table.weight.normal_()
        embedder.table.weight.copy_(F.normalize(embedder.table.weight, dim=-1))
    else:
        embedder.table.weight.copy_(words)
    share = counts / counts.sum()
    embedder.weight.weight.copy_(torch.log(RARE / (RARE + share))[:, None])
    for name in ("passage_proj", "question_proj"):
        getattr(embedder, name).weight.zero_()
    embedder.gate.weight.zero_()
    embedder.gate.bias.zero_()


def piece_counts(tokens: Sequence[npt.NDArray[np.uint16]], vocabulary: int) -> Tensor:
    """How often each piece stands in the texts: [V]."""
    counts = sum(np.bincount(each, minlength=vocabulary) for each in tokens)
    return torch.as_tensor(counts, dtype=torch.float32)
