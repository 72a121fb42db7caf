"""The heads of the first reading: what each passage is about, and how telling each sentence is.

Letters: T tokens, P passages (or sentences), D width of the body, E width of an embedding.

Both look at the hidden vectors that reading a document makes anyway, so that they cost no second
pass, and at the tokens themselves.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retnet_core.config import ReaderConfig


class Embedder(nn.Module):
    """e = Σ a_t · table[x_t] / Σ a_t + W · Σ b_t · h_t / (D · Σ b_t), made one long.

    a_t = exp(weight[x_t]) is how much a piece of the vocabulary tells, b_t = a_t times the
    logistic function of a gate over the hidden vector h_t. Questions have a W of their own: they
    are read from the empty state. Hidden vectors are about √D long and words about one: divided by
    D, both learn at one rate.
    """

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        width, size = config.body.width, config.embedding_width or 0
        vocabulary = config.body.vocabulary
        self.table = nn.Embedding(vocabulary, size, _weight=torch.randn(vocabulary, size))
        self.weight = nn.Embedding(vocabulary, 1, _weight=torch.zeros(vocabulary, 1))
        self.gate = nn.Linear(width, 1)
        self.passage_proj = nn.Linear(width, size, bias=False)
        self.question_proj = nn.Linear(width, size, bias=False)

    def passages(self, tokens: Tensor, hidden: Tensor, inside: Tensor) -> Tensor:
        """tokens [..., T], hidden [..., T, D], inside [..., P, T]: unit vectors [..., P, E]."""
        return self._embedded(tokens, hidden, inside, self.passage_proj)

    def questions(self, tokens: Tensor, hidden: Tensor, inside: Tensor) -> Tensor:
        """The same for questions, each read from the empty state."""
        return self._embedded(tokens, hidden, inside, self.question_proj)

    def _embedded(self, tokens: Tensor, hidden: Tensor, inside: Tensor, proj: nn.Linear) -> Tensor:
        told = self.weight(tokens).squeeze(-1).exp()  # [..., T]
        heard = told * torch.sigmoid(self.gate(hidden)).squeeze(-1)
        words = mean(self.table(tokens), told, inside)
        sense: Tensor = proj(mean(hidden, heard, inside)) / hidden.shape[-1]
        return F.normalize(words + sense, dim=-1)


class Salience(nn.Module):
    """A score of each sentence: two layers over the mean hidden vector of its tokens, and log n.

    n counts the tokens: a summary quotes whole thoughts rather than headings.
    """

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        width, hidden = config.body.width, config.salience_width or 0
        self.hidden = nn.Linear(width + 1, hidden)
        self.out = nn.Linear(hidden, 1)

    def forward(self, hidden: Tensor, inside: Tensor) -> Tensor:
        """hidden [..., T, D], inside [..., P, T]: [..., P]."""
        return self.score(sentence_features(hidden, inside))

    def score(self, features: Tensor) -> Tensor:
        """features [..., D + 1] as sentence_features gives them: [...]."""
        scores: Tensor = self.out(F.silu(self.hidden(features)))
        return scores.squeeze(-1)


def sentence_features(hidden: Tensor, inside: Tensor) -> Tensor:
    """The mean of hidden [..., T, D] over each sentence of inside [..., P, T], and log(1 + n)."""
    pooled = mean(hidden, torch.ones_like(hidden[..., 0]), inside)
    counted = inside.sum(-1, keepdim=True).to(pooled.dtype).log1p()
    return torch.cat((pooled, counted), dim=-1)


def mean(x: Tensor, weights: Tensor, inside: Tensor) -> Tensor:
    """The weighted means of x [..., T, D] over the tokens of each row of inside [..., P, T]."""
    shares = inside.to(x.dtype) * weights[..., None, :]
    return shares @ x / shares.sum(-1, keepdim=True).clamp(min=1e-6)
