"""Choosing a token: every filter against its definition, and draws as likely as they should be."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from retnet_core.writing.sampling import Sampling, choose, shortlist

Floats = npt.NDArray[np.float64]

# Quarters, so that many tokens are exactly as likely as another; shares that no sum of such hits.
scores_of = st.lists(st.integers(-12, 12).map(lambda n: n / 4), min_size=1, max_size=30)
samplings = st.builds(
    Sampling,
    temperature=st.sampled_from([0.5, 0.8, 1.0, 2.5]),
    top_k=st.integers(0, 32),
    top_p=st.sampled_from([0.137, 0.2718, 0.5772, 0.8661, 0.9511, 1.0]),
    min_p=st.sampled_from([0.0, 0.0317, 0.2113, 1.0]),
    repetition_penalty=st.sampled_from([0.7, 1.0, 1.3]),
    window=st.integers(1, 6),
)


def defined(scores: Sequence[float], sampling: Sampling, recent: Sequence[int]) -> Floats:
    """The definition, one filter after the other, in plain loops: what is drawn from, sum 1."""
    x = list(scores)
    penalty = sampling.repetition_penalty
    for token in set(recent[-sampling.window :]):
        x[token] = x[token] / penalty if x[token] > 0 else x[token] * penalty
    p = np.array([math.exp(score / sampling.temperature) for score in x])
    p /= p.sum()
    if sampling.top_k:
        kth = sorted(p, reverse=True)[: sampling.top_k][-1]
        p[p < kth] = 0
        p /= p.sum()
    reached = 0.0
    for likeliest in sorted(p, reverse=True):
        reached += likeliest
        if reached >= sampling.top_p:
            p[p < likeliest] = 0
            break
    p /= p.sum()
    p[p < sampling.min_p * p.max()] = 0
    return np.asarray(p / p.sum(), dtype=np.float64)


@given(scores_of, samplings, st.lists(st.integers(0, 29), max_size=9))
@settings(max_examples=1000, deadline=None)
def test_what_is_drawn_from_is_the_definition(
    scores: list[float], sampling: Sampling, recent: list[int]
) -> None:
    recent = [token % len(scores) for token in recent]
    exact = torch.tensor(scores, dtype=torch.float64)
    tokens, likely = shortlist(exact, sampling, recent)
    found = torch.zeros_like(exact).index_put((tokens,), likely / likely.sum())
    torch.testing.assert_close(
        found, torch.from_numpy(defined(scores, sampling, recent)), rtol=0, atol=1e-12
    )


@given(scores_of, st.lists(st.integers(0, 29), max_size=9), st.sampled_from([0.7, 1.0, 1.3]))
@settings(deadline=None)
def test_at_temperature_0_the_likeliest_after_the_penalty_is_taken(
    scores: list[float], recent: list[int], penalty: float
) -> None:
    recent = [token % len(scores) for token in recent]
    # The filters leave the likeliest where it is; they must not matter.
    sampling = Sampling(top_k=2, top_p=0.3, min_p=0.5, repetition_penalty=penalty, window=4)
    token = choose(torch.tensor(scores), sampling, recent, torch.Generator())
    expected = defined(scores, Sampling(1.0, repetition_penalty=penalty, window=4), recent)
    assert expected[token] == pytest.approx(expected.max(), rel=1e-6)


SCORES = torch.tensor([0.4, 0.25, 0.15, 0.1, 0.06, 0.03, 0.009, 0.001]).log()


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(1.0),
        Sampling(1.7),
        Sampling(1.0, top_k=3),
        Sampling(0.7, top_p=0.93),
        Sampling(1.0, min_p=0.2),
        Sampling(1.3, top_k=6, top_p=0.97, min_p=0.05, repetition_penalty=1.4, window=2),
    ],
    ids=str,
)
def test_tokens_are_drawn_as_often_as_they_are_likely(sampling: Sampling) -> None:
    chance = torch.Generator().manual_seed(1)
    recent = [5, 0, 2]
    draws = [choose(SCORES, sampling, recent, chance) for _ in range(4000)]
    drawn = np.bincount(draws, minlength=len(SCORES))
    expected = defined(SCORES.double().tolist(), sampling, recent) * len(draws)
    assert drawn[expected == 0].sum() == 0
    some = expected > 0
    distance = ((drawn[some] - expected[some]) ** 2 / expected[some]).sum()
    assert distance < 30  # chi-square of 7 degrees of freedom: above in 1 of 10,000 seeds


@pytest.mark.parametrize(
    ("sampling", "possible"),
    [
        (Sampling(), {0}),
        (Sampling(1.0, top_k=1), {0}),
        (Sampling(1.0, top_k=3), {0, 1, 2}),
        (Sampling(1.0, top_p=0.39), {0}),
        (Sampling(1.0, top_p=0.41), {0, 1}),
        (Sampling(1.0, top_p=1e-9), {0}),
        (Sampling(1.0, min_p=0.5), {0, 1}),
        (Sampling(1.0, min_p=1.0), {0}),
        (Sampling(1e-300), {0}),
        (Sampling(1e9, top_k=2), {0, 1}),
    ],
    ids=str,
)
def test_only_what_the_sampling_allows_is_drawn(sampling: Sampling, possible: set[int]) -> None:
    chance = torch.Generator().manual_seed(1)
    assert {choose(SCORES, sampling, (), chance) for _ in range(100)} == possible


def test_a_draw_takes_one_number_whatever_the_sampling() -> None:
    def next_number(sampling: Sampling) -> float:
        chance = torch.Generator().manual_seed(3)
        choose(SCORES, sampling, (), chance)
        return float(torch.rand(1, generator=chance, dtype=torch.float64))

    assert next_number(Sampling(1.0)) == next_number(Sampling(2.0, top_k=2, top_p=0.5))


def test_a_token_without_any_chance_is_never_drawn() -> None:
    scores = torch.tensor([-math.inf, 0.0, -math.inf, 0.0, -math.inf])
    chance = torch.Generator().manual_seed(1)
    assert {choose(scores, Sampling(2.0), (), chance) for _ in range(200)} == {1, 3}


def test_scores_are_left_as_they_were() -> None:
    scores = SCORES.double()
    choose(
        scores, Sampling(1.0, top_k=2, top_p=0.5, repetition_penalty=2.0), [0, 1], torch.Generator()
    )
    torch.testing.assert_close(scores, SCORES.double(), rtol=0, atol=0)


@pytest.mark.parametrize("broken", [math.nan, math.inf])
@pytest.mark.parametrize("sampling", [Sampling(), Sampling(1.0)], ids=["greedy", "drawn"])
def test_broken_scores_are_said_and_not_drawn_from(broken: float, sampling: Sampling) -> None:
    with pytest.raises(ValueError, match="not finite: the weights or the state"):
        choose(torch.tensor([0.0, broken, 1.0]), sampling, (), torch.Generator())


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"temperature": -1.0}, "temperature must be 0 or above, not -1.0"),
        ({"temperature": math.nan}, "temperature must be 0 or above, not nan"),
        ({"temperature": math.inf}, "temperature must be 0 or above, not inf"),
        ({"top_k": -1}, "top_k must be 0 (all) or above, not -1"),
        ({"top_p": 0.0}, "top_p must be above 0 and at most 1, not 0.0"),
        ({"top_p": 1.1}, "top_p must be above 0 and at most 1, not 1.1"),
        ({"min_p": -0.1}, "min_p must be 0 to 1, not -0.1"),
        ({"min_p": 1.5}, "min_p must be 0 to 1, not 1.5"),
        ({"repetition_penalty": 0.0}, "repetition_penalty must be above 0 (1 for none), not 0.0"),
        (
            {"repetition_penalty": math.nan},
            "repetition_penalty must be above 0 (1 for none), not nan",
        ),
        ({"window": 0}, "window must be 1 token or more, not 0"),
        ({"seed": -1}, "seed must be 0 or above and below 2^63, not -1"),
        ({"seed": 2**63}, f"seed must be 0 or above and below 2^63, not {2**63}"),
    ],
    ids=str,
)
def test_a_sampling_that_cannot_be_is_refused(wrong: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=r"must be") as refusal:
        Sampling(**wrong)  # type: ignore[arg-type]
    assert str(refusal.value) == sentence
