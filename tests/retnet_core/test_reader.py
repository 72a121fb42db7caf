"""The pointer scores every span of the passage and no other, against "not here"."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from retnet_core.reader import BothWays, Reader, SpanScores, Text
from retnet_core.state import RetNetState
from tests.tiny_reader import CONFIG, tiny_reader

OUTSIDE = -1e4


def text(lengths: list[int], seed: int, *, left: bool = False) -> Text:
    """Random texts of these lengths as one batch; words from a few, so that some match."""
    chance = torch.Generator().manual_seed(seed)
    shape = (len(lengths), max(1, *lengths))
    places = torch.arange(shape[1]).expand(shape)
    count = torch.tensor(lengths)[:, None]
    real = places >= shape[1] - count if left else places < count
    tokens, exact, stem = (
        torch.randint(low, high, shape, generator=chance) * real
        for low, high in ((7, 360), (0, 5), (0, 4))
    )
    return Text(tokens, exact, stem, real)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return tiny_reader().double().requires_grad_(False)


def scored(reader: Reader, passages: list[int], questions: list[int]) -> SpanScores:
    asked = text(questions, seed=1, left=True)
    scores: SpanScores = reader.read_again(asked, text(passages, seed=2), None)
    return scores


LENGTHS = pytest.mark.parametrize(
    "lengths",
    [[1], [3], [12, 13], [5, 31, 1], [40, 12, 11]],
    ids=["one token", "shorter than a span", "as long as a span", "uneven", "long"],
)


@LENGTHS
def test_spans_beyond_the_passage_or_too_long_have_no_score(
    reader: Reader, lengths: list[int]
) -> None:
    scores = scored(reader, lengths, [4] * len(lengths))
    assert scores.spans.shape == (len(lengths), max(lengths), CONFIG.longest_answer)
    for row, length in enumerate(lengths):
        for first in range(max(lengths)):
            for further in range(CONFIG.longest_answer):
                value = float(scores.spans[row, first, further])
                assert (value > -1e3) == (first + further < length), (row, first, further)
                assert value > -1e3 or value == OUTSIDE


@LENGTHS
def test_probabilities_of_spans_and_absence_sum_to_one(reader: Reader, lengths: list[int]) -> None:
    scores = scored(reader, lengths, [4] * len(lengths))
    log_p = scores.log_probabilities()
    assert log_p.shape == (len(lengths), max(lengths) * CONFIG.longest_answer + 1)
    assert_close(log_p.exp().sum(1), torch.ones(len(lengths)))
    for row in range(len(lengths)):
        every = [*scores.spans[row].flatten().tolist(), float(scores.absent[row])]
        total = math.log(sum(map(math.exp, every)))
        assert_close(log_p[row], torch.tensor([score - total for score in every]))


def test_absence_competes_with_every_span(reader: Reader) -> None:
    before = scored(reader, [20], [4]).log_probabilities().exp()[0]
    sure = tiny_reader().double().requires_grad_(False)
    sure.pointer.absent.bias.add_(3)
    after = scored(sure, [20], [4]).log_probabilities().exp()[0]
    odds = before[-1] / (1 - before[-1])
    assert_close(after[-1] / (1 - after[-1]), odds * math.exp(3))
    inside = before[:-1] > 0
    assert_close(
        after[:-1][inside] / before[:-1][inside],
        ((1 - after[-1]) / (1 - before[-1])).expand(int(inside.sum())),
    )


def test_the_score_of_a_span_is_start_plus_end_plus_both(reader: Reader) -> None:
    """Against loops over the vectors that the last norm gives out and the pooled question."""
    pointer = reader.pointer
    seen: dict[str, Tensor] = {}
    keep = [
        pointer.norm.register_forward_hook(lambda _m, _i, out: seen.update(x=out)),
        pointer.question_proj.register_forward_hook(lambda _m, _i, out: seen.update(q=out)),
    ]
    scores = scored(reader, [17], [5])
    for handle in keep:
        handle.remove()
    x, scale = seen["x"][0], CONFIG.body.width**-0.5
    starts, ends, _ = seen["q"][0].split(CONFIG.body.width)
    for p in range(17):
        for r in range(min(CONFIG.longest_answer, 17 - p)):
            first = dot(x[p], starts) * scale + dot(pointer.present.weight[0], x[p])
            first += float(pointer.present.bias)
            last = dot(x[p + r], ends) * scale
            both = dot(pointer.span_start.weight @ x[p], pointer.span_end.weight @ x[p + r])
            assert float(scores.spans[0, p, r]) == pytest.approx(
                first + last + both * scale, abs=1e-6
            )


def dot(one: Tensor, other: Tensor) -> float:
    return float(sum(a * b for a, b in zip(one.tolist(), other.tolist(), strict=True)))


def test_a_token_is_told_which_words_of_the_question_it_is() -> None:
    """Same word, same stem, and both again times the importance of the question's word."""
    condition = tiny_reader().condition.double().requires_grad_(False)
    width, question = CONFIG.body.width, torch.zeros(1, 4, CONFIG.body.width).double()
    importance = torch.tensor([0.1, 0.9, 0.5, 0.3]).double()
    question[0, :, 0] = torch.logit(importance)
    condition.importance.weight.copy_(torch.eye(width)[:1])
    condition.importance.bias.zero_()
    condition.out.weight.zero_()
    condition.out.weight[:4, 2 * width :] = torch.eye(4)
    real = torch.ones(1, 4, dtype=torch.bool)
    none = torch.zeros(1, 4, dtype=torch.int64)
    # The question: which(7, a function word: no stem) mill(8/20) mills(9/20) and a sign.
    asked = Text(none, torch.tensor([[7, 8, 9, 0]]), torch.tensor([[0, 20, 20, 0]]), real)
    # The passage: mill, milling, which, another word; and a sign, which is no word.
    passage = torch.zeros(1, 5, width).double()
    exact, stem = torch.tensor([[8, 11, 7, 12, 0]]), torch.tensor([[20, 20, 0, 33, 0]])
    read = Text(torch.zeros(1, 5, dtype=torch.int64), exact, stem, real[:, :1].expand(1, 5))
    flags = condition(passage, question, (read, asked))[0, :, :4]
    assert_close(
        flags,
        torch.tensor(
            [
                [1, 1, 0.9, 0.9],  # mill: itself, and of mill and mills the likelier stem
                [0, 1, 0, 0.9],  # milling: the stem only
                [1, 0, 0.1, 0],  # which: a function word has no stem
                [0, 0, 0, 0],
                [0, 0, 0, 0],  # no word is no match, though the question has none too
            ]
        ).double(),
    )


def test_the_mixture_of_the_question_leaves_its_padding_out(reader: Reader) -> None:
    alone = scored(reader, [9], [3])
    asked, read = text([3], seed=1, left=True), text([9], seed=2)
    wide = Text(*(torch.nn.functional.pad(part, (4, 0)) for part in parts(asked)))
    padded = reader.read_again(wide, read, None)
    assert_close(padded.spans, alone.spans)
    assert_close(padded.absent, alone.absent)


def parts(given: Text) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return given.tokens, given.exact, given.stem, given.real


def test_reading_backwards_mirrors_reading_forwards() -> None:
    torch.manual_seed(4)
    layer, mirrored = (BothWays(CONFIG.pointer).double().requires_grad_(False) for _ in range(2))
    weights = dict(layer.state_dict())
    swapped = {
        name.replace("backwards", "·").replace("forwards", "backwards").replace("·", "forwards"): w
        for name, w in weights.items()
    }
    mirrored.load_state_dict(swapped)
    x = torch.randn(2, 19, CONFIG.body.width).double()
    real = torch.ones(2, 19, dtype=torch.bool)
    empty = RetNetState.empty(CONFIG.pointer, 2).tensor[0].double()
    assert_close(mirrored(x.flip(1), real, empty).flip(1), layer(x, real, empty))


def test_a_token_sees_both_sides_of_itself() -> None:
    torch.manual_seed(5)
    layer = BothWays(CONFIG.pointer).double()
    x = torch.randn(1, 9, CONFIG.body.width).double().requires_grad_()
    empty = RetNetState.empty(CONFIG.pointer, 1).tensor[0].double()
    layer(x, torch.ones(1, 9, dtype=torch.bool), empty)[0, 4].square().sum().backward()
    assert x.grad is not None
    assert bool((x.grad[0].abs().sum(1) > 0).all())


def test_a_gradient_flows_to_every_weight() -> None:
    reader = tiny_reader()
    state = RetNetState(torch.randn(RetNetState.empty(CONFIG.body, 3).tensor.shape))
    asked, read = text([6, 4, 5], seed=1, left=True), text([20, 9, 14], seed=2)
    scores = reader.read_again(asked, read, state)
    log_p = scores.log_probabilities()
    (-log_p[0, 5] - log_p[1, 14] - log_p[2, -1]).backward()
    without = [
        name
        for name, weight in reader.named_parameters()
        if weight.grad is None or not weight.grad.abs().sum() > 0
    ]
    assert without == []


def test_the_state_and_the_question_are_read_before_the_passage(reader: Reader) -> None:
    """Against the body reading one token after the other, without padding."""
    asked, read = text([5], seed=1, left=True), text([11], seed=2)
    past = RetNetState(torch.randn(RetNetState.empty(CONFIG.body).tensor.shape).double())
    embedded = reader.body.embeddings(read.tokens)
    embedded = embedded + reader.condition(
        embedded, reader.body.embeddings(asked.tokens), (read, asked)
    )
    state, hidden = past, []
    for x in (*reader.body.embeddings(asked.tokens)[0], *embedded[0]):
        out, state = reader.body.read(x[None, None], state)
        hidden.append(out[0, 0])
    of_question, of_passage = torch.stack(hidden[:5])[None], torch.stack(hidden[5:])[None]
    expected = reader.pointer(of_passage, of_question, (read, asked))
    found = reader.read_again(asked, read, past)
    assert_close(found.spans, expected.spans)
    assert_close(found.absent, expected.absent)
    empty = reader.read_again(asked, read, None)
    assert float((empty.spans - found.spans).abs().max()) > 1e-3
