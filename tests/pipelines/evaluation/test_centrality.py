"""LexRank and TextRank: on graphs known beforehand, and beside sumy where it is installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from pipelines import lexical
from pipelines.evaluation.centrality import DAMPING, _stationary, lexrank, textrank

STAR = ("mill corn wheel", "mill river", "corn bridge", "wheel school", "flood boat")
"""The first shares a term with each of the next three; the last stands alone."""


@pytest.mark.parametrize("rank", [lexrank, textrank])
def test_the_sentence_that_shares_most_is_the_most_central(rank: Any) -> None:  # noqa: ANN401
    scores = rank(STAR)
    assert sum(scores) == pytest.approx(1.0)
    assert max(scores) == scores[0]
    assert scores[4] == pytest.approx(0.2) or min(scores) == scores[4]  # it leads to itself alone
    assert scores[1] == pytest.approx(scores[2])


@pytest.mark.parametrize("rank", [lexrank, textrank])
def test_texts_of_no_or_one_sentence_are_ranked(rank: Any) -> None:  # noqa: ANN401
    assert rank([]) == []
    assert rank(["mill corn"]) == pytest.approx([1.0])
    assert rank(["", "of the"]) == pytest.approx([0.5, 0.5])


def test_textrank_solves_its_equation() -> None:
    scores = np.asarray(textrank(STAR[:4]))
    logs = np.log([3, 2, 2, 2])
    ties = np.zeros((4, 4))
    ties[0, 1:] = ties[1:, 0] = 1 / (logs[0] + logs[1:])
    steps = ties / ties.sum(axis=1)[:, None]
    assert scores == pytest.approx((1 - DAMPING) / 4 + DAMPING * scores @ steps, abs=1e-7)


def test_lexrank_solves_its_equation() -> None:
    scores = np.asarray(lexrank(("mill mill corn", "mill river", "boat")))
    near = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])  # 0.1 < cosine
    steps = near / near.sum(axis=1)[:, None]
    assert scores == pytest.approx((1 - DAMPING) / 3 + DAMPING * scores @ steps, abs=1e-7)


TEXTS = (
    "The river Marden rises in the hills above the village and turns the wheel of the mill.",
    "Anna Velling opened the first school of the valley in the old mill by the river.",
    "Her brother built the mill, and the mill ground corn until the flood of the river.",
    "When the bridge over the river fell, the villagers crossed by boat to reach the mill.",
    "The council of the village meets on the first Monday of every month in the school.",
    "Corn from the valley was sold in the market of the village below the bridge.",
    "A comet was seen that winter.",
)


class Terms:
    """What sumy asks of a tokenizer: the terms that ours ranks by."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        return tuple(lexical.terms(sentence))


def sumy(name: str, summarizer: str) -> tuple[Any, Any]:
    pytest.importorskip("sumy", reason="sumy is not installed: pip install '.[bench]'")
    dom = import_module("sumy.models.dom")
    made = [dom.Sentence(text, Terms()) for text in TEXTS]
    document = dom.ObjectDocumentModel([dom.Paragraph(made)])
    return getattr(import_module(f"sumy.summarizers.{name}"), summarizer)(), document


def test_textrank_walks_as_sumy_does() -> None:
    """Along sumy's own ties: it lets a sentence be its own neighbour, which the paper does not."""
    peer, document = sumy("text_rank", "TextRankSummarizer")
    theirs = [peer.rate_sentences(document)[sentence] for sentence in document.sentences]
    words = [tuple(lexical.terms(text)) for text in TEXTS]
    ties = np.array([[peer._rate_sentences_edge(one, other) for other in words] for one in words])
    assert _stationary(ties) == pytest.approx(theirs, abs=1e-4)  # sumy stops at 1e-4


def test_lexrank_ranks_as_sumy_does() -> None:
    """Wherever both tell two sentences apart; sumy weighs words otherwise and does not restart."""
    peer, document = sumy("lex_rank", "LexRankSummarizer")
    words = [peer._to_words_set(sentence) for sentence in document.sentences]
    tables = peer._compute_tf(words), peer._compute_idf(words)
    theirs = peer.power_method(peer._create_matrix(words, peer.threshold, *tables), 1e-6)
    ours = np.asarray(lexrank(TEXTS))
    signs = [np.sign(np.round(each[:, None] - each, 5)) for each in (ours, np.asarray(theirs))]
    told_apart = (signs[0] != 0) & (signs[1] != 0)
    assert told_apart.sum() > len(TEXTS)
    assert (signs[0] == signs[1])[told_apart].all()
