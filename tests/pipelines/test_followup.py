"""Which questions lean on what was said, and how they are understood."""

from __future__ import annotations

import pytest

from pipelines.followup import REMEMBERED, Heard, leans, understood


@pytest.mark.parametrize(
    "question",
    [
        "When did she leave?",
        "Who was that?",
        "Who lived there?",
        "Where?",
        "how many?",
        "And in 1921?",
        "What about the mill?",
        "Which of them was built first?",
        "How long did it take the villagers to cross?",
    ],
)
def test_a_question_that_speaks_of_something_said_leans_on_it(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "When did Anna Velling open her school?",
        "Who opened the first school of the valley?",
        "How many villages are there?",
        "Which year did the bridge that crossed the river fall?",
        "What did Greg ask him?",
    ],
)
def test_a_question_that_names_what_it_means_stands_alone(question: str) -> None:
    assert not leans(question)


HISTORY = [Heard("Who built the mill?", "Her brother", None), Heard("Who was he?", "", None)]


def test_a_question_is_read_with_the_last_answer_or_else_the_last_question() -> None:
    assert understood("When was it?", HISTORY[:1]) == "Her brother When was it?"
    assert understood("When was it?", HISTORY) == "Who was he? When was it?"
    assert understood("When was it?", []) == "When was it?"
    assert understood("When did the bridge fall?", HISTORY) == "When did the bridge fall?"


def test_of_a_long_answer_only_the_beginning_is_read_again() -> None:
    long = Heard("What?", "word " * 500, None)
    assert len(understood("Why?", [long]).split()) == REMEMBERED + 1
