"""Reading plain text: what a batch, its padding and odd characters must not change."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from retnet_core.checkpoint import LoadedReader, load_reader
from retnet_core.held import Kind
from retnet_core.reader import Text
from retnet_core.reading import LONGEST_QUESTION, PassageScores, read_again, read_on
from retnet_core.state import RetNetState
from tests.tiny_reader import CONFIG, make_reader
from training.packing import cut

QUESTION = "When was the first school of the valley opened?"
PASSAGES = (
    "Anna Velling opened the first school of the valley in 1873.",
    "The mill.",
    "When the bridge fell in 1921, the villagers crossed by boat until a new one was done. " * 3,
    "",
    "Water",
)  # fmt: skip
ODD = st.text(
    st.sampled_from(" \n\u2581\u0301\u200bthe ﬁ日🏞️é mill.") | st.characters(codec="utf-8"),
    min_size=0, max_size=40,
)  # fmt: skip


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedReader:
    """Weights in float64, which no processor rounds to bfloat16."""
    found = load_reader(make_reader(tmp_path_factory.mktemp("reader") / "model"))
    return replace(found, reader=found.reader.double())


@pytest.fixture(scope="module")
def past(loaded: LoadedReader) -> RetNetState:
    """A state that holds something."""
    return RetNetState(after(loaded, "The council meets on Monday. " * 4, None).tensor)


def empty() -> RetNetState:
    return RetNetState.empty(CONFIG.body, dtype=torch.float64)


def after(loaded: LoadedReader, text: str, state: RetNetState | None) -> RetNetState:
    return read_on(loaded, loaded.tokenizer.encode(text), state)


def alone(
    loaded: LoadedReader, passage: str, past: RetNetState, gap: list[int], question: str = QUESTION
) -> PassageScores:
    (scores,) = read_again(loaded, question, [passage], [past], [gap])
    return scores


def same(found: PassageScores, expected: PassageScores) -> None:
    np.testing.assert_array_equal(found.starts, expected.starts)
    np.testing.assert_array_equal(found.ends, expected.ends)
    np.testing.assert_allclose(found.log_odds, expected.log_odds, rtol=1e-5, atol=1e-5)


def apart(one: PassageScores, other: PassageScores) -> float:
    """By how much the odds of single tokens differ at most."""
    return float(np.abs(one.log_odds[:, 0] - other.log_odds[:, 0]).max())


def test_a_passage_scores_alone_as_beside_longer_ones(
    loaded: LoadedReader, past: RetNetState
) -> None:
    pasts = [past, empty(), past, past, empty()]
    together = read_again(loaded, QUESTION, PASSAGES, pasts, [[]] * len(PASSAGES))
    assert len(together) == len(PASSAGES)
    for passage, state, found in zip(PASSAGES, pasts, together, strict=True):
        same(found, alone(loaded, passage, state, []))


def test_scores_come_in_the_order_of_the_passages(loaded: LoadedReader, past: RetNetState) -> None:
    order = (4, 2, 0, 3, 1)
    pasts: list[RetNetState] = [past] * 5
    gaps: list[list[int]] = [[]] * 5
    forwards = read_again(loaded, QUESTION, PASSAGES, pasts, gaps)
    mixed = read_again(loaded, QUESTION, [PASSAGES[n] for n in order], pasts, gaps)
    for number, found in zip(order, mixed, strict=True):
        same(found, forwards[number])


def test_the_question_decides_the_scores(loaded: LoadedReader, past: RetNetState) -> None:
    one = alone(loaded, PASSAGES[0], past, [])
    other = alone(loaded, PASSAGES[0], past, [], "valley the of school first the opened was When?")
    assert apart(one, other) > 1e-3


def test_a_gap_is_read_between_the_state_and_the_passage(
    loaded: LoadedReader, past: RetNetState
) -> None:
    gap = loaded.tokenizer.encode("The bridge fell in 1921.")
    found = alone(loaded, PASSAGES[0], past, gap)
    same(found, alone(loaded, PASSAGES[0], read_on(loaded, gap, past), []))
    without = alone(loaded, PASSAGES[0], past, [])
    assert apart(found, without) > 1e-4


def test_a_gap_shorter_than_others_leaves_the_state_before_it_as_it_was(
    loaded: LoadedReader, past: RetNetState
) -> None:
    gaps = [loaded.tokenizer.encode(text) for text in ("The mill. " * 9, "A boat.", "")]
    pasts = [past, past, empty()]
    together = read_again(loaded, QUESTION, PASSAGES[:3], pasts, gaps)
    for found, passage, state, gap in zip(together, PASSAGES[:3], pasts, gaps, strict=True):
        same(found, alone(loaded, passage, state, gap))


def test_padding_in_front_leaves_an_empty_state_empty(loaded: LoadedReader) -> None:
    body = loaded.reader.body
    x = body.embed(torch.zeros(2, 50, dtype=torch.int64))
    _, state = body.read(x, RetNetState.empty(CONFIG.body, 2), torch.zeros(2, 50, dtype=torch.bool))
    assert_close(state.tensor, torch.zeros_like(state.tensor), rtol=0, atol=0)


def test_of_a_long_question_the_end_is_read(loaded: LoadedReader, past: RetNetState) -> None:
    end = " and the river" * LONGEST_QUESTION
    one = alone(loaded, PASSAGES[0], past, [], "boat boat" + end)
    other = alone(loaded, PASSAGES[0], past, [], "Water wheel" + end)
    same(one, other)


def test_an_empty_question_and_an_empty_passage_break_nothing(
    loaded: LoadedReader, past: RetNetState
) -> None:
    scores = alone(loaded, "", past, [], "")
    assert scores.log_odds.shape == (0, CONFIG.longest_answer)
    assert scores.best_span(0, 5) is None
    assert alone(loaded, PASSAGES[0], past, [], "").best_span(0, 4) is not None


def test_a_text_read_in_two_sittings_is_read_once(loaded: LoadedReader) -> None:
    text, more = "The mill ground corn. ", "The bridge fell."
    tokens = loaded.tokenizer.encode(text) + loaded.tokenizer.encode(more)
    assert_close(
        after(loaded, more, after(loaded, text, None)).tensor,
        read_on(loaded, tokens, None).tensor,
    )


@given(ODD)
@settings(max_examples=80, deadline=None)
def test_tokens_tile_the_passage_and_stand_where_they_say(
    loaded: LoadedReader, passage: str
) -> None:
    scores = alone(loaded, passage, empty(), [])
    spans = sorted(set(zip(scores.starts.tolist(), scores.ends.tolist(), strict=True)))
    assert "".join(passage[start:end] for start, end in spans) == passage
    assert all(start < end for start, end in spans)
    ids = loaded.tokenizer.encode(passage)
    assert len(ids) == len(scores.starts) == len(scores.log_odds)
    for piece, start, end in zip(ids, scores.starts, scores.ends, strict=True):
        said = loaded.tokenizer.decode([piece])
        if said and "\ufffd" not in said:  # not a part of a character
            assert passage[start:end].strip(" ") == said.strip(" ")


@given(ODD.filter(bool), st.data())
@settings(max_examples=80, deadline=None)
def test_the_best_span_stays_within_its_bounds(
    loaded: LoadedReader, passage: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(passage) - 1))
    end = data.draw(st.integers(start + 1, len(passage)))
    scores = alone(loaded, passage, empty(), [])
    best = scores.best_span(start, end)
    assert best is not None
    first, last, odds = best
    assert start <= first < last <= end
    touching = np.flatnonzero((scores.ends > start) & (scores.starts < end)).tolist()
    assert odds == pytest.approx(log_sum(scores, touching), abs=1e-3)


def log_sum(scores: PassageScores, touching: list[int]) -> float:
    reach = scores.log_odds.shape[1]
    spans = [(a, b) for a in touching for b in touching if 0 <= b - a < reach]
    return math.log(math.fsum(math.exp(float(scores.log_odds[a, b - a])) for a, b in spans))


STARTS, ENDS = np.array([0, 4, 9, 12]), np.array([4, 9, 12, 17])  # Anna| came| by| boat


def odds_of(spans: dict[tuple[int, int], float]) -> PassageScores:
    odds = np.full((4, 3), -np.inf, dtype=np.float32)
    for (first, last), chance in spans.items():
        odds[first, last - first] = math.log(chance)
    return PassageScores(STARTS, ENDS, odds)


def best(scores: PassageScores, start: int, end: int) -> tuple[int, int, float]:
    """The best span, and how likely the answer is within the bounds, beside none at all."""
    found = scores.best_span(start, end)
    assert found is not None
    return found[0], found[1], round(math.exp(found[2]), 3)


def test_the_best_span_is_read_off_the_odds() -> None:
    scores = odds_of({(1, 2): 6.0, (2, 2): 1.0, (0, 0): 2.0})
    assert best(scores, 0, 17) == (4, 12, 9)
    assert best(scores, 5, 11) == (5, 11, 7)  # cut to the bounds
    assert best(scores, 0, 9) == (0, 4, 2)  # the best span leaves them
    assert best(scores, 10, 12) == (10, 12, 1)
    assert scores.best_span(17, 17) is None


def test_a_span_on_which_many_agree_is_before_one_that_is_likeliest_alone() -> None:
    about_a_boat = {(2, 3): 3.0, (1, 3): 3.0, (2, 2): 3.0}
    assert best(odds_of({(0, 0): 4.0, **about_a_boat}), 0, 17) == (9, 17, 13)


def test_a_span_that_is_none_is_never_the_best() -> None:
    # the three tokens together would overlap most with each of them
    assert best(odds_of({(1, 1): 1.0, (2, 2): 1.0, (3, 3): 1.0}), 4, 17) == (4, 9, 3)
    assert best(odds_of({(3, 3): 1.0}), 12, 17) == (12, 17, 1)


def test_spans_that_touch_none_of_the_places_are_doubted() -> None:
    scores = odds_of({(0, 1): 6.0, (2, 2): 3.0, (1, 2): 0.5})
    doubted = scores.doubting([(10, 11)], math.log(4))  # within "by"
    assert best(doubted, 0, 17) == (9, 12, 5)
    assert best(doubted, 0, 9) == (0, 9, 1.5)
    assert best(scores.doubting([(0, 17)], 2.0), 0, 17) == best(scores, 0, 17)
    assert best(scores.doubting([], math.log(2)), 0, 17) == (0, 9, 4.75)


@given(ODD.filter(bool), ODD.filter(bool))
@settings(max_examples=40, deadline=None)
def test_serving_reads_what_training_packs(
    loaded: LoadedReader, passage: str, question: str
) -> None:
    """The same tokens and the same ids of words, or what was learnt would not be found again."""
    read = packed(cut(loaded.tokenizer, passage), 10_000)
    asked = packed(cut(loaded.tokenizer, question), LONGEST_QUESTION)
    with torch.inference_mode():
        expected = loaded.reader.read_again(asked, read, empty())
    found = alone(loaded, passage, empty(), [], question)
    odds = (expected.spans - expected.absent[:, None, None])[0].numpy()
    inside = np.isfinite(found.log_odds)
    np.testing.assert_array_equal(inside, expected.spans[0].numpy() > -1e3)
    np.testing.assert_allclose(found.log_odds[inside], odds[inside], rtol=1e-5, atol=1e-5)


def packed(document: object, longest: int) -> Text:
    """A text as training.packing cut it, by itself, or its end where it is longer."""
    tokens, exact, stem = (
        torch.from_numpy(getattr(document, name).astype(np.int64))[None, -longest:]
        for name in ("tokens", "exact", "stem")
    )
    return Text(tokens, exact, stem, torch.ones_like(tokens, dtype=torch.bool))


@pytest.mark.parametrize("held", [None, "float32", "bfloat16", "int8"])
@pytest.mark.parametrize("gap", [[], [7, 8, 9]], ids=["no gap", "a gap"])
def test_rounding_changes_scores_only_a_little(
    tmp_path: Path, loaded: LoadedReader, held: Kind | None, gap: list[int]
) -> None:
    """However the weights are held, and with bfloat16 products, against float64."""
    quick = load_reader(make_reader(tmp_path / "model"), held=held)
    past = read_on(quick, [1, 2, 3], None)
    (found,) = read_again(quick, QUESTION, PASSAGES[:1], [past], [gap])
    expected = alone(loaded, PASSAGES[0], read_on(loaded, [1, 2, 3], None), gap)
    inside = np.isfinite(expected.log_odds)
    np.testing.assert_allclose(found.log_odds[inside], expected.log_odds[inside], atol=0.15)
