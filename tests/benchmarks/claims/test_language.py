"""Texts, recipes and perplexity of the comparison of trained models."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.claims.language import Recipe, Texts, perplexity, train
from benchmarks.claims.models import KINDS, Kind, build, hidden
from tests.benchmarks.shapes import SMALL

RECIPE = Recipe(rows=4, length=16, tokens=64 * 20, rate=1e-2, seed=3)


def cycle(length: int, period: int = 7) -> Texts:
    return Texts.of(np.arange(length) % period, vocabulary=period + 1, held_out=100)


def test_the_most_frequent_tokens_keep_numbers_and_the_others_share_one() -> None:
    train_part = [5] * 4 + [9] * 3 + [2] * 2 + [7]
    texts = Texts.of(np.asarray([*train_part, 5, 9, 2, 7, 8]), vocabulary=3, held_out=5)
    assert texts.train.tolist() == [1] * 4 + [2] * 3 + [0] * 3
    assert texts.test.tolist() == [1, 2, 0, 0, 0]


def test_frequencies_come_from_the_training_part_alone() -> None:
    texts = Texts.of(np.asarray([1, 1, 2, 3, 3, 3]), vocabulary=2, held_out=3)
    assert texts.test.tolist() == [0, 0, 0]


def test_too_few_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        Texts.of(np.arange(9), vocabulary=4, held_out=5)


def test_a_batch_depends_on_seed_and_step_and_is_a_piece_of_the_text() -> None:
    texts = cycle(1000)
    first = texts.batch(1, 5, rows=3, length=20)
    assert first.shape == (3, 21)
    assert torch.equal(first, texts.batch(1, 5, rows=3, length=20))
    assert not torch.equal(first, texts.batch(1, 6, rows=3, length=20))
    assert not torch.equal(first, texts.batch(2, 5, rows=3, length=20))
    numbers = torch.from_numpy(texts.train)
    assert all((numbers.unfold(0, 21, 1) == row).all(1).any() for row in first)


def test_the_rate_rises_and_falls_to_a_tenth() -> None:
    recipe = replace(RECIPE, tokens=64 * 1000, rate=1.0)
    rates = [recipe.rate_at(step) for step in range(recipe.steps)]
    assert rates[0] < 0.02
    assert max(rates) == pytest.approx(1.0, abs=0.01)
    assert rates.index(max(rates)) == 100
    assert rates[-1] == pytest.approx(0.1, abs=0.001)
    assert rates[100:] == sorted(rates[100:], reverse=True)


@pytest.mark.parametrize("kind", KINDS)
def test_both_kinds_learn_what_can_be_foretold(kind: Kind) -> None:
    texts = cycle(2000)
    begun = perplexity(build(kind, SMALL, 3), texts.test, 16)
    learnt = perplexity(train(kind, SMALL, texts, RECIPE), texts.test, 16)
    assert begun == pytest.approx(SMALL.vocabulary, rel=0.1)  # it knows nothing
    assert learnt < 8


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_recipe_gives_the_same_weights(kind: Kind) -> None:
    short = replace(RECIPE, tokens=128)
    first, second, other = (
        train(kind, SMALL, cycle(500), each).state_dict()
        for each in (short, short, replace(short, seed=4))
    )
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["embeddings.weight"], other["embeddings.weight"])


def test_perplexity_is_the_exponential_of_the_mean_loss_over_whole_windows() -> None:
    model, test = build("retnet", SMALL, 0), np.arange(35) % 7
    total = 0.0
    for start in (0, 16):  # two windows of 16; what is left over is too short
        tokens = torch.from_numpy(test[start : start + 17])
        with torch.autocast("cpu", torch.bfloat16), torch.inference_mode():
            scores = model.logits(hidden(model, tokens[None, :-1]))[0].float()
        odds = scores.double().log_softmax(-1)
        total -= sum(float(odds[n, tokens[n + 1]]) for n in range(16))
    assert perplexity(model, test, 16) == pytest.approx(math.exp(total / 32), rel=1e-5)


def test_a_text_shorter_than_a_window_is_read_whole() -> None:
    model, test = build("retnet", SMALL, 0), np.arange(11) % 7
    assert perplexity(model, test, 400) == perplexity(model, test, 10)


def test_first_weights_are_alike_in_both_kinds() -> None:
    wide = replace(SMALL, width=256, vocabulary=512, feedforward=700)
    for kind in KINDS:
        weights = build(kind, wide, 0).state_dict()
        for name, weight in weights.items():
            adds = name.endswith(("o_proj.weight", "down_proj.weight"))
            expected = (0.01 if adds else 0.02) if weight.dim() == 2 else 0.0
            assert float(weight.std()) == pytest.approx(expected, rel=0.1), name
