"""A question is put in the words of reports, and stays itself where there is nothing to put."""

from __future__ import annotations

import pytest

from pipelines.rephrase import MOST, wordings


@pytest.mark.parametrize(
    ("question", "among"),
    [
        ("What was capex in 2021?", "What was purchases of property and equipment in 2021?"),
        ("How large is the headcount?", "How large is the employees?"),
        ("What was COGS and EBIT?", "What was cost of sales and operating income?"),
        ("How high was D&A?", "How high was depreciation and amortization?"),
    ],
)
def test_words_of_a_trade_are_put_in_those_of_reports(question: str, among: str) -> None:
    said = wordings(question)
    assert said[0] == question
    assert among in said


def test_the_years_are_plain_and_the_unit_is_left_out() -> None:
    assert wordings("What was the margin in FY2018?") == ("What was the margin in 2018?",)
    assert wordings("What was the margin in FY19?") == ("What was the margin in 2019?",)
    assert wordings("How high was it in fiscal 2020 (in USD millions)?")[0] == (
        "How high was it in 2020?"
    )


@pytest.mark.parametrize(
    "question", ["Who built the mill?", "", "?", "What were the restaffing rules of Recapex?"]
)
def test_other_questions_stay_as_they_are(question: str) -> None:
    assert wordings(question) == (question,)


def test_a_phrase_of_reports_is_not_taken_for_a_word_in_it() -> None:
    assert wordings("What were net sales?") == ("What were net sales?",)


def test_there_are_few_wordings_however_many_words_can_be_put_otherwise() -> None:
    question = "revenue staff capex profits stake EBIT " * 9
    said = wordings(question)
    assert len(said) == len(set(said)) == MOST
    assert said[0] == question
