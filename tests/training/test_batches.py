"""The same seed draws the same batches, and what is drawn is what was prepared."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from retnet_core.tokenizer import Tokenizer
from tests.tiny_tokenizer import tiny_tokenizer
from tests.training.making import tale
from training.batches import LONGEST_QUESTION, TOGETHER, Batch, Example, Questions, collate, draw

WEIGHTS = {"qa_tales": 2.0, "qa_more": 1.0}


@pytest.fixture(scope="module")
def sources(packed: Path) -> dict[str, Questions]:
    return {name: Questions(packed / "qa" / name) for name in WEIGHTS}


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return tiny_tokenizer()


def places(examples: list[Example]) -> list[tuple[object, ...]]:
    return [(e.source.name, e.question, e.context, e.start, e.end, e.golds) for e in examples]


def drawn(
    sources: dict[str, Questions], step: int, *, negatives: float = 0.3, seed: int = 5
) -> list[Example]:
    return draw(sources, WEIGHTS, step, 6, negatives, seed)


def test_the_same_seed_and_step_draw_the_same_examples(
    sources: dict[str, Questions], packed: Path
) -> None:
    again = {name: Questions(packed / "qa" / name) for name in reversed(WEIGHTS)}
    for step in (0, 1, 9, 1000):
        assert places(drawn(sources, step)) == places(drawn(again, step))
    assert places(drawn(sources, 1)) != places(drawn(sources, 9))
    assert places(drawn(sources, 1)) != places(drawn(sources, 1, seed=6))


def test_steps_drawn_together_share_out_one_draw_by_length(sources: dict[str, Questions]) -> None:
    steps = [drawn(sources, step) for step in range(TOGETHER)]
    assert all(len(step) == 6 for step in steps)
    ranges = sorted((min(lengths), max(lengths)) for lengths in map(lengths_of, steps))
    assert all(one[1] <= other[0] for one, other in pairwise(ranges))
    assert len({tuple(places(step)) for step in steps}) == TOGETHER


def lengths_of(examples: list[Example]) -> list[int]:
    return [example.length for example in examples]


def test_sources_are_drawn_by_weight_and_negatives_by_their_share(
    sources: dict[str, Questions],
) -> None:
    examples = [e for step in range(8 * TOGETHER) for e in drawn(sources, step)]
    shares = Counter(example.source.name for example in examples)
    assert shares["qa_tales"] / len(examples) == pytest.approx(2 / 3, abs=0.08)
    # A third of the questions has no answer anyway.
    empty = sum(not example.golds for example in examples) / len(examples)
    assert empty == pytest.approx(1 / 3 + 2 / 3 * 0.3, abs=0.08)
    none = [e for step in range(40) for e in drawn(sources, step, negatives=0.0)]
    assert sum(not e.golds for e in none) / len(none) == pytest.approx(1 / 3, abs=0.08)


def test_golds_decode_to_the_answers(sources: dict[str, Questions], tokenizer: Tokenizer) -> None:
    source, checked = sources["qa_tales"], 0
    answers = {q["question"]: q["answers"] for n in range(4) for q in tale(n)["questions"]}
    batch = collate([source.example(number) for number in range(len(source))])
    for row in range(len(source)):
        asked = tokenizer.decode(batch.question.tokens[row][batch.question.real[row]].tolist())
        passage = batch.passage.tokens[row]
        for first, last in batch.golds[row].tolist():
            if first >= 0:
                answer = tokenizer.decode(passage[first : last + 1].tolist()).strip(" .")
                assert answer in answers[asked.strip()]
                checked += 1
    assert checked >= 16


def test_a_passage_without_the_answer_does_not_hold_it(
    sources: dict[str, Questions], tokenizer: Tokenizer
) -> None:
    source = sources["qa_tales"]
    chance = np.random.default_rng(1)
    for number in range(len(source)):
        example = source.without_answer(number, chance)
        assert example.golds == ()
        assert example.question == source.example(number).question
        assert 0 <= example.context <= example.start < example.end
        first = source.doc_starts[source.doc_starts <= example.start][-1]
        assert example.context == max(first, example.start - 256)
        asked = collate([source.example(number)])
        golds = [span for span in asked.golds[0].tolist() if span[0] >= 0]
        text = tokenizer.decode(source.words[0][example.start : example.end].tolist())
        for a, b in golds:
            answer = tokenizer.decode(asked.passage.tokens[0, a : b + 1].tolist()).strip(" .")
            assert answer.casefold() not in text.casefold()


def test_a_source_without_negatives_gives_the_example_itself(packed: Path, tmp_path: Path) -> None:
    for path in (packed / "qa" / "qa_tales").glob("*.npy"):
        if path.stem != "negatives":
            (tmp_path / path.name).symlink_to(path)
    source = Questions(tmp_path)
    chance = np.random.default_rng(1)
    assert places([source.without_answer(0, chance)]) == places([source.example(0)])


def test_a_batch_holds_each_text_between_its_padding(sources: dict[str, Questions]) -> None:
    examples = [sources["qa_tales"].example(n) for n in (0, 5)] + drawn(sources, 3)
    batch = collate(examples)
    check(batch, examples)
    check(collate(examples[:1]), examples[:1])


def check(batch: Batch, examples: list[Example]) -> None:
    for row, example in enumerate(examples):
        source = example.source
        first, last = source.question_starts[example.question : example.question + 2]
        for text, arrays, span, left in (
            (batch.question, source.asked, (max(first, last - LONGEST_QUESTION), last), True),
            (batch.passage, source.words, (example.start, example.end), False),
            (batch.context, source.words, (example.context, example.start), True),
        ):
            length, width = span[1] - span[0], text.tokens.shape[1]
            padding = [False] * (width - length)
            real = padding + [True] * length if left else [True] * length + padding
            assert text.real[row].tolist() == real
            for part, array in zip((text.tokens, text.exact, text.stem), arrays, strict=True):
                assert part[row][text.real[row]].tolist() == array[slice(*span)].tolist()
                assert not part[row][~text.real[row]].any()
        golds = [tuple(span) for span in batch.golds[row].tolist() if span[0] >= 0]
        assert tuple(golds) == example.golds
    assert batch.golds.dtype == torch.int64
