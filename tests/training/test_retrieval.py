"""Ranking by words, embeddings and both: by hand, and on a file of one document."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.tiny_reader import WITH_HEADS, folder_of, make_reader, tiny_reader
from tests.training.making import story, tale, write
from training.evaluation.retrieval import evaluate_retrieval, place, reciprocal, weighted


def test_places_and_fusions_by_hand() -> None:
    words, cosine = np.array([4.0, 1.0, 0.0]), np.array([0.1, 0.5, 0.25])
    assert place(words, {0}) == 0
    assert place(cosine, {0, 2}) == 1
    np.testing.assert_allclose(weighted(words, cosine, 0.5), [1.1, 0.75, 0.25])
    np.testing.assert_allclose(reciprocal(cosine), [1 / 63, 1 / 61, 1 / 62])


def test_every_way_of_ranking_is_measured(tmp_path: Path) -> None:
    """A document of many passages is searched alone, short ones only together."""
    long = {**tale(1), "document": tale(1)["document"] + " ".join(map(story, range(2, 30)))}
    file = write(tmp_path / "qa_long.jsonl.xz", [long])
    model = folder_of(tmp_path / "model", tiny_reader(config=WITH_HEADS))
    found = evaluate_retrieval(model, file)
    assert found["questions"] == 2
    assert found["words"]["recall@1"][0] >= 50.0  # one of the two names a year of its own
    assert found["sum 0.25"]["recall@12"][0] <= 100.0
    short = write(tmp_path / "qa_short.jsonl.xz", [tale(n) for n in range(5)])
    assert evaluate_retrieval(model, short) == {"questions": 0}
    assert evaluate_retrieval(model, short, together=True)["questions"] == 10
    plain = evaluate_retrieval(make_reader(tmp_path / "plain"), short, together=True)
    assert set(plain) == {"questions", "words"}
