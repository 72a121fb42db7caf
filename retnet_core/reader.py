"""The reader: a RetNet body and the heads that answer on the second reading.

Letters: B batch, Q question tokens, P passage tokens, D width.

The state of the document so far is resumed, the question is read, and the passage is read *again*,
each of its tokens now told what the question asks (Chen et al. 2017, DrQA: soft alignment and
exact match; "Just read twice", arXiv 2407.05483). A small pointer then looks over the passage in
both directions (retention forwards and backwards) and scores every span up to a longest length
against the one alternative: the answer is not here.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retnet_core.config import ReaderConfig, RetNetConfig
from retnet_core.heads import Embedder, Salience
from retnet_core.model import FeedForward, Retention, RetNet
from retnet_core.norm import RMSNorm
from retnet_core.state import RetNetState

MATCHES = 4  # same word, same stem, and both again weighted by the question word's importance


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """Tokens of a batch of texts, padded to one length.

    tokens [B, T]; exact and stem [B, T]: the ids of the word each token belongs to (words.py),
    0 for none; real [B, T]: False on padding.
    """

    tokens: Tensor
    exact: Tensor
    stem: Tensor
    real: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class SpanScores:
    """spans [B, P, R]: log-odds scale score of the span from token p to p + r; absent [B]."""

    spans: Tensor
    absent: Tensor

    def log_probabilities(self) -> Tensor:
        """[B, P·R + 1]: log-probability of each span, the last one of "not in this passage"."""
        every = torch.cat((self.spans.flatten(1), self.absent[:, None]), dim=1)
        return F.log_softmax(every.float(), dim=1)


class Conditioning(nn.Module):
    """What each passage token is told of the question: an aligned mixture, and its matches."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.passage_proj = nn.Linear(width, width, bias=False)
        self.question_proj = nn.Linear(width, width, bias=False)
        self.importance = nn.Linear(width, 1)
        self.out = nn.Linear(2 * width + MATCHES, width, bias=False)

    def forward(self, passage: Tensor, question: Tensor, texts: tuple[Text, Text]) -> Tensor:
        """passage [B, P, D], question [B, Q, D]: [B, P, D] to add to the passage."""
        of_passage, of_question = texts
        keys, queries = self.question_proj(question), self.passage_proj(passage)
        scores = queries @ keys.mT * passage.shape[-1] ** -0.5  # [B, P, Q]
        scores = scores.masked_fill(~of_question.real[:, None], -1e4)
        aligned = scores.softmax(-1) @ question
        weight = torch.sigmoid(self.importance(question)).squeeze(-1)[:, None]  # [B, 1, Q]
        exact = _same(of_passage.exact, of_question.exact)
        stem = _same(of_passage.stem, of_question.stem)
        flags = [m.amax(-1) for m in (exact, stem, exact * weight, stem * weight)]
        matches = torch.stack(flags, dim=-1).to(aligned.dtype)
        out: Tensor = self.out(torch.cat((aligned, aligned * passage, matches), dim=-1))
        return out


class BothWays(nn.Module):
    """Retention forwards and backwards over one passage, then a feed-forward."""

    def __init__(self, config: RetNetConfig) -> None:
        super().__init__()
        self.norm = RMSNorm(config.width, config.norm_epsilon)
        self.forwards = Retention(config)
        self.backwards = Retention(config)
        self.mlp_norm = RMSNorm(config.width, config.norm_epsilon)
        self.mlp = FeedForward(config.width, config.feedforward, config.activation)

    def forward(self, x: Tensor, real: Tensor, empty: Tensor) -> Tensor:
        """x [B, P, D], real [B, P], empty: the empty state [B, H, K, V]."""
        normed = self.norm(x)
        after, _ = self.forwards(normed, empty, real)
        before, _ = self.backwards(normed.flip(1), empty, real.flip(1))
        x = x + after + before.flip(1)
        out: Tensor = x + self.mlp(self.mlp_norm(x))
        return out


class Pointer(nn.Module):
    """Scores of all spans of a passage, from the body's hidden vectors of question and passage."""

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        self.config = config
        width = config.body.width
        self.condition = Conditioning(width)
        self.layers = nn.ModuleList(BothWays(config.pointer) for _ in range(config.pointer_layers))
        self.norm = RMSNorm(width, config.body.norm_epsilon)
        self.attend = nn.Linear(width, 1)
        self.question_proj = nn.Linear(width, 3 * width, bias=False)
        self.span_start = nn.Linear(width, width, bias=False)
        self.span_end = nn.Linear(width, width, bias=False)
        self.present = nn.Linear(width, 1)
        self.absent = nn.Linear(2 * width, 1)

    def forward(self, passage: Tensor, question: Tensor, texts: tuple[Text, Text]) -> SpanScores:
        """passage [B, P, D] and question [B, Q, D] as the body left them."""
        of_passage, of_question = texts
        x = passage + self.condition(passage, question, texts)
        empty = RetNetState.empty(self.config.pointer, x.shape[0], x.device).tensor[0]
        for layer in self.layers:
            x = layer(x, of_passage.real, empty)
        x = self.norm(x)
        asked = _pool(question, self.attend(question), of_question.real)  # [B, D]
        starts, ends, gist = self.question_proj(asked).chunk(3, dim=-1)
        scale = x.shape[-1] ** -0.5
        start = (x @ starts[..., None]).squeeze(-1) * scale + self.present(x).squeeze(-1)  # [B, P]
        end = (x @ ends[..., None]).squeeze(-1) * scale
        joint = self.span_start(x) @ self.span_end(x).mT * scale  # [B, P, P]
        spans = _band(start[..., None] + end[:, None] + joint, of_passage, self.config)
        pooled = _pool(x, (x @ gist[..., None]) * scale, of_passage.real)
        absent = self.absent(torch.cat((pooled, asked), dim=-1)).squeeze(-1)
        return SpanScores(spans.float(), absent.float())


class Reader(nn.Module):
    """One body that reads, a pointer that answers, and the heads of the first reading if any."""

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        self.config = config
        self.body = RetNet(config.body)
        self.condition = Conditioning(config.body.width)
        self.pointer = Pointer(config)
        self.embedder = None if config.embedding_width is None else Embedder(config)
        self.salience = None if config.salience_width is None else Salience(config)

    def read_again(self, question: Text, passage: Text, state: RetNetState | None) -> SpanScores:
        """Resume a state [B rows], read the question, read the passage again, score its spans.

        The question is padded on its left and the passage on its right, so that nothing stands
        between them.
        """
        asked = self.body.embed(question.tokens)
        read = self.body.embed(passage.tokens)
        read = read + self.condition(read, asked, (passage, question))
        hidden, _ = self.body.read(
            torch.cat((asked, read), dim=1), state, torch.cat((question.real, passage.real), dim=1)
        )
        length = question.tokens.shape[1]
        scores: SpanScores = self.pointer(
            hidden[:, length:], hidden[:, :length], (passage, question)
        )
        return scores


def _same(passage: Tensor, question: Tensor) -> Tensor:
    """[B, P, Q]: 1.0 where both tokens belong to one word; 0 is no word."""
    equal = (passage[:, :, None] == question[:, None]) & (passage[:, :, None] != 0)
    return equal.float()


def _pool(x: Tensor, scores: Tensor, real: Tensor) -> Tensor:
    """The mean of x [B, T, D] under softmax of scores [B, T, 1] over the real tokens: [B, D]."""
    weights = scores.squeeze(-1).masked_fill(~real, -1e4).softmax(-1)
    return (weights[:, None].to(x.dtype) @ x).squeeze(1)


def _band(scores: Tensor, passage: Text, config: ReaderConfig) -> Tensor:
    """[B, P, P] by start and end becomes [B, P, R] by start and length; −1e4 outside the text."""
    reach, length = config.longest_answer, scores.shape[1]
    padded = F.pad(scores, (0, reach), value=-1e4)  # [B, P, P + R]
    first = torch.arange(length, device=scores.device)
    ends = first[:, None] + torch.arange(reach, device=scores.device)
    spans = padded.gather(2, ends.expand(len(scores), -1, -1))
    inside = F.pad(passage.real, (0, reach), value=False)[:, ends]  # the end lies in the passage
    return spans.masked_fill(~inside, -1e4)
