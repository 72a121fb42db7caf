"""Sentences are compared by the words of the question, and rows of tables by their cells."""

from __future__ import annotations

import pytest

from pipelines import lexical
from pipelines.matching import share_of_label, shared_words

ROW = "Net sales, iPad: 2021 31,862; Change 34%; 2020 23,724; Change 11%; 2019 21,280"
PROSE = (
    "Net sales of the iPad rose in 2020 because of new models and of favourable currencies.",
    "The mill was sold to the council of the valley for a sum that nobody wrote down.",
)


def test_a_row_is_scored_as_the_short_sentence_of_its_best_cell() -> None:
    asked = lexical.asked_terms("What were net sales of the iPad in 2020?")
    row, rose, _ = shared_words([asked], [ROW, *PROSE])
    assert row > rose > 0


def test_a_sentence_without_words_of_the_question_scores_nothing() -> None:
    assert shared_words([lexical.asked_terms("How much coal?")], PROSE) == [0.0, 0.0]


def test_how_much_is_not_a_word_of_the_question() -> None:
    assert lexical.asked_terms("How much coal was burnt?") == lexical.terms("coal burnt")


@pytest.mark.parametrize(
    ("row", "share"),
    [
        ("Operating expenses, Product development: 2021 1,325; 2020 1,028", 1.0),
        ("Capitalized in product development: 2021 $12; 2020 $14", 2 / 3),
        ("Sales and marketing: 2021 2,170; 2020 2,091", 0.0),
        ("Product development rose in 2021.", 0.0),
        ("Product development: 12", 0.0),
    ],
)
def test_a_row_is_known_by_its_own_name(row: str, share: float) -> None:
    asked = [lexical.asked_terms("What was R&D?"), lexical.asked_terms("product development")]
    assert share_of_label(asked, row) == pytest.approx(share)
