"""The losses, against computations written out."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from retnet_core.reader import Reader, SpanScores, Text
from retnet_core.state import RetNetState
from tests.tiny_reader import tiny_reader
from training.batches import Batch, Questions, collate
from training.losses import answer, language_loss, span_loss

NONE = (-1, -1)
REACH = 4


@pytest.fixture(scope="module")
def reader() -> Reader:
    return tiny_reader().double().requires_grad_(False)


@pytest.fixture(scope="module")
def scores() -> SpanScores:
    chance = torch.Generator().manual_seed(1)
    spans = torch.randn(3, 6, REACH, generator=chance)
    return SpanScores(spans, torch.randn(3, generator=chance))


def literal(scores: SpanScores, golds: list[list[tuple[int, int]]]) -> float:
    """The mean of −log (Σ of the golds' shares of all spans and absence)."""
    losses = []
    for row, spans in enumerate(golds):
        weights = {
            (p, p + r): math.exp(float(scores.spans[row, p, r]))
            for p in range(scores.spans.shape[1])
            for r in range(REACH)
        }
        absent = math.exp(float(scores.absent[row]))
        found = [span for span in spans if span != NONE]
        right = sum(weights[span] for span in found) if found else absent
        losses.append(-math.log(right / (absent + sum(weights.values()))))
    return sum(losses) / len(losses)


@pytest.mark.parametrize(
    "golds",
    [
        [[(0, 0)], [(2, 4)], [(5, 5)]],
        [[(1, 2), (3, 3)], [(0, 3), NONE], [(4, 5), (2, 2)]],
        [[NONE], [NONE], [NONE]],
        [[(1, 2), NONE, NONE], [NONE, NONE, NONE], [(0, 1), (0, 2), (0, 3)]],
    ],
    ids=["one", "several", "none", "mixed"],
)
def test_the_loss_of_spans_is_the_literal_one(
    scores: SpanScores, golds: list[list[tuple[int, int]]]
) -> None:
    assert float(span_loss(scores, torch.tensor(golds))) == pytest.approx(literal(scores, golds))


def test_a_gold_span_too_long_for_the_model_is_cut_to_the_longest(scores: SpanScores) -> None:
    golds = [[(1, 5)], [(0, 2)], [NONE]]
    cut = [[(1, 1 + REACH - 1)], [(0, 2)], [NONE]]
    assert float(span_loss(scores, torch.tensor(golds))) == pytest.approx(literal(scores, cut))


def test_spans_that_cannot_be_leave_the_gradient_finite() -> None:
    spans = torch.full((2, 5, REACH), -1e4).index_fill(1, torch.tensor([0, 1]), 0.5)
    spans.requires_grad_()
    absent = torch.zeros(2, requires_grad=True)
    golds = torch.tensor([[[0, 1], [-1, -1]], [[-1, -1], [-1, -1]]])
    span_loss(SpanScores(spans, absent), golds).backward()
    for weight in (spans, absent):
        assert weight.grad is not None
        assert bool(weight.grad.isfinite().all())
        assert bool(weight.grad.any())
    assert spans.grad is not None
    assert float(spans.grad[0, 0, 1]) < 0  # the gold span is pulled up
    assert float(spans.grad[1].max()) > 0  # where there is none every span is pushed down


def test_the_loss_of_text_is_the_mean_of_each_next_token(reader: Reader) -> None:
    tokens = torch.randint(0, 360, (2, 12), generator=torch.Generator().manual_seed(2))
    loss, state = language_loss(reader.body, tokens, None)
    total = 0.0
    for row in range(2):
        past: RetNetState | None = None
        for place in range(11):
            hidden, past = reader.body(tokens[row, place].view(1, 1), past)
            logits = (reader.body.embeddings.weight @ hidden[0, 0]).tolist()
            share = sum(math.exp(logit) for logit in logits)
            total -= math.log(math.exp(logits[int(tokens[row, place + 1])]) / share)
        assert past is not None
        assert_close(state.tensor[:, row], past.tensor[:, 0])
    assert float(loss) == pytest.approx(total / 22, rel=1e-5)


def test_the_carried_state_goes_on_without_gradient() -> None:
    reader = tiny_reader()
    tokens = torch.arange(41).view(1, 41)
    _, state = language_loss(reader.body, tokens[:, :21], None)
    assert not state.tensor.requires_grad
    _, after = language_loss(reader.body, tokens[:, 20:], state)
    _, at_once = language_loss(reader.body, tokens, None)
    assert_close(after.tensor, at_once.tensor)


def row_of(batch: Batch, row: int) -> tuple[Text, Text, Tensor]:
    """One row of a batch without its padding: question, passage and the tokens of its context."""
    question, passage = (
        Text(*(part[row][text.real[row]][None] for part in
               (text.tokens, text.exact, text.stem, text.real)))
        for text in (batch.question, batch.passage)
    )  # fmt: skip
    return question, passage, batch.context.tokens[row][batch.context.real[row]]


def test_a_batch_is_answered_row_by_row_from_its_context(packed: Path, reader: Reader) -> None:
    """Questions of one length: a shorter one is padded, and the state fades by the padding."""
    source, chance = Questions(packed / "qa" / "qa_tales"), np.random.default_rng(1)
    same = [n for n in range(len(source)) if not source.example(n).golds]
    examples = [source.example(n) for n in same] + [source.without_answer(same[0], chance)]
    batch = collate(examples)
    assert batch.question.real.all()
    assert len(set(batch.context.real.sum(1).tolist())) > 1
    assert len(set(batch.passage.real.sum(1).tolist())) > 1
    together = answer(reader, batch)
    for row in range(len(examples)):
        question, passage, context = row_of(batch, row)
        state = reader.body(context[None])[1] if len(context) else None
        alone = reader.read_again(question, passage, state)
        found = together.spans[row, : passage.tokens.shape[1]]
        assert_close(found, alone.spans[0], rtol=1e-5, atol=1e-5)
        assert_close(together.absent[row], alone.absent[0], rtol=1e-5, atol=1e-5)


def test_what_is_read_before_the_context_counts(packed: Path, reader: Reader) -> None:
    source = Questions(packed / "qa" / "qa_tales")
    batch = collate([source.example(0), source.example(1)])
    empty = RetNetState.empty(reader.config.body, 2, dtype=torch.float64)
    past = RetNetState(torch.randn(empty.tensor.shape, generator=torch.Generator()).double())
    assert_close(answer(reader, batch, empty).spans, answer(reader, batch).spans)
    further = answer(reader, batch, past).spans - answer(reader, batch).spans
    assert float(further.abs().max()) > 1e-3


def test_only_the_second_reading_is_taught(packed: Path) -> None:
    """The context is read without gradient: its tokens' embeddings have none."""
    reader = tiny_reader()
    reader.body.embeddings = torch.nn.Embedding(360, reader.config.body.width)  # apart from lm_head
    source = Questions(packed / "qa" / "qa_tales")
    example = max(
        (source.example(n) for n in range(len(source))), key=lambda e: e.start - e.context
    )
    batch = collate([example])
    span_loss(answer(reader, batch), batch.golds).backward()
    read = {*batch.question.tokens.flatten().tolist(), *batch.passage.tokens.flatten().tolist()}
    only_before = sorted(set(batch.context.tokens.flatten().tolist()) - read)
    gradient = reader.body.embeddings.weight.grad
    assert gradient is not None
    assert only_before
    assert not gradient[only_before].any()
    assert gradient[sorted(read)].any(1).all()
