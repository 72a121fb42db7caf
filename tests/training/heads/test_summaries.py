"""Which sentences a summary would quote, and what the salience head makes of that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from retnet_core.heads import Salience
from tests.tiny_reader import WITH_HEADS
from tests.tiny_tokenizer import tiny_tokenizer
from tests.training.heads.making_heads import make_raw
from training.heads.saliences import Sentences, choice_loss
from training.heads.summaries import oracle, prepare_summaries, summarised

SENTENCES = (
    "The mill ground corn for the whole valley.",
    "It rained.",
    "A flood took the old bridge in 1921.",
    "The council met on Mondays and spoke of many things that nobody remembers.",
    "A flood took the bridge in 1921.",
)


def test_the_choice_takes_what_the_summary_says_and_not_twice() -> None:
    summary = "A flood took the old bridge in 1921. The mill ground corn."
    assert oracle(SENTENCES, [summary]).tolist() == [1, 0, 1, 0, 0]


def test_the_choice_is_the_best_single_one_first() -> None:
    """With one sentence in the summary, itself among the document's, nothing else is taken."""
    for number, sentence in enumerate(SENTENCES):
        assert oracle(SENTENCES, [sentence]).tolist() == [int(n == number) for n in range(5)]


def test_several_summaries_are_met_on_average() -> None:
    assert oracle(SENTENCES, [SENTENCES[0], SENTENCES[3]]).tolist() == [1, 0, 0, 1, 0]


def test_a_summary_without_a_shared_word_chooses_nothing() -> None:
    assert not oracle(SENTENCES, ["Quite different!"]).any()


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"document": "D", "summary": "s" * 50}, ("D", ("s" * 50,))),
        ({"document": "D", "summary": "s" * 50, "refs": ["r" * 40]}, ("D", ("s" * 50, "r" * 40))),
        ({"text": "T", "summary": ""}, None),
        ({"document": "D", "summary": "s" * 50, "query": "What did Anna say?"}, None),
        (
            {"document": "D", "summary": "s" * 50, "query": "Summarize the meeting."},
            ("D", ("s" * 50,)),
        ),
    ],
)
def test_only_summaries_of_the_whole_are_taken(record: dict[str, object], found: object) -> None:
    assert summarised(record) == found


def test_sentences_tile_the_documents_and_the_quoted_ones_say_it(tmp_path: Path) -> None:
    raw = make_raw(tmp_path / "raw") / "train" / "sum_tales.jsonl.xz"
    prepare_summaries(raw, tiny_tokenizer(), tmp_path / "out", most=1000, seed=3)
    found = {path.stem: np.load(path) for path in (tmp_path / "out").glob("*.npy")}
    borders = found["sentences"].tolist()
    assert [a for a, _ in borders] == [0, *(b for _, b in borders[:-1])]
    assert borders[-1][1] == len(found["tokens"]) == found["passages"][-1, 1]
    quoted = [
        tiny_tokenizer().decode(found["tokens"][a:b].tolist())
        for (a, b), taken in zip(borders, found["quoted"], strict=True)
        if taken
    ]
    assert all("Its people paid" in each for each in quoted)
    assert len(quoted) == 4


def test_the_loss_falls_where_quoted_sentences_score_higher() -> None:
    torch.manual_seed(1)
    salience = Salience(WITH_HEADS)
    features = torch.randn(6, WITH_HEADS.body.width + 1)
    quoted = torch.tensor([True, False, False, True, False, False])
    document = Sentences(features, quoted)
    found = choice_loss(salience, document)
    scores = salience.score(features).double()
    total = scores.exp().sum().log()
    expected = ((total - scores[0]) + (total - scores[3])) / 2
    torch.testing.assert_close(found, expected.float())
    adam = torch.optim.Adam(salience.parameters(), lr=0.05)
    for _ in range(60):
        adam.zero_grad()
        choice_loss(salience, document).backward()
        adam.step()
    order = salience.score(features).argsort(descending=True)[:2]
    assert set(order.tolist()) == {0, 3}
