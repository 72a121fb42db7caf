"""First questions: made of a document's own headings and figures, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from app.remembering import cache_bytes, half_life, state_bytes
from app.suggesting import TRIED, Candidate, best, candidates, of_sample
from pipelines.answer import Answer, Citation
from pipelines.summarise.figures import Figure
from pipelines.summarise.recognising import Kind
from pipelines.summarise.summary import Quote
from retnet_core.config import RetNetConfig
from storage.records import DocumentRecord


def figure(kind: Kind, text: str) -> Figure:
    quote = Quote(cast("DocumentRecord", SimpleNamespace(at=datetime.now(UTC))), text, 1, "", 0, 1)
    return Figure(kind, text, 0, len(text), quote)


def questions(titles: Sequence[str], figures: Sequence[Figure] = ()) -> list[str]:
    outline = [(1, title, 100 * number) for number, title in enumerate(titles)]
    return [each.question for each in candidates(outline, figures, 100 * len(titles))]


def answer(start: int, page: int, text: str = "x", confidence: float = 0.6) -> Answer:
    document = cast("DocumentRecord", None)
    cited = Citation(document, page, "", text, start, start + 9, start, start + len(text), text)
    return Answer(text, True, confidence, (cited,), 0.0)


def test_headings_names_and_dates_become_questions_in_turn() -> None:
    headings = ["Report", "1 Introduction", "2.1 Water supply", "The Northern Line", "Costs"]
    figures = [figure("name", "Anna Velling"), figure("date", "1873"), figure("money", "$5")]
    assert questions(headings, figures) == [
        "What is said about water supply?",
        "Who or what is Anna Velling?",
        "What happened in 1873?",
        "What is said about The Northern Line?",
        "What is said about Costs?",
    ]


@pytest.mark.parametrize("heading", ["Contents", "IV. Results", "A", "12", "References", "x" * 90])
def test_headings_that_name_no_subject_ask_nothing(heading: str) -> None:
    assert questions(["Title", heading]) == []


def test_there_are_never_more_than_a_few_and_none_twice() -> None:
    headings = ["Title", *["Water supply"] * 5, *[f"Bridge of town {n}" for n in range(9)]]
    found = questions(headings)
    assert len(found) == len(set(found)) == TRIED


def test_a_question_about_a_heading_is_answered_from_its_section_and_those_in_it() -> None:
    outline = [(1, "Report", 0), (2, "Water supply", 50), (3, "Wells", 70), (2, "Bridges", 90)]
    supply, wells, bridges = candidates(outline, (), 120)
    assert (supply.start, supply.end, wells.end, bridges.end) == (50, 90, 90, 120)
    assert supply.is_answered_by(answer(75, 1))
    assert not supply.is_answered_by(answer(90, 1))
    assert not supply.is_answered_by(replace(answer(75, 1), found=False))


def test_a_question_whose_answer_is_known_must_be_given_it_on_its_page() -> None:
    known = Candidate("How many?", page=3, answer="448,900")
    assert known.is_answered_by(answer(9, 3, "448,900 Passengers"))
    assert not known.is_answered_by(answer(9, 4, "448,900"))
    assert not known.is_answered_by(answer(9, 3, "five"))


def test_the_surest_of_those_answered_as_they_should_be_are_suggested() -> None:
    tried = [
        (Candidate(f"{number}?", 0, 10), answer(number, 1, confidence=number / 10))
        for number in range(8)
    ]
    wrong = (Candidate("wrong?", 0, 10), answer(11, 1, confidence=0.9))
    assert best([*tried, wrong]) == ("7?", "6?", "5?", "4?")
    assert best([wrong]) == ()


def test_the_sample_comes_with_questions_and_their_answers() -> None:
    assert len(of_sample()) == TRIED
    assert all(each.page and each.answer for each in of_sample())


def test_half_is_left_after_the_half_life_and_sizes_follow_from_the_model() -> None:
    assert (1 - 2.0**-9) ** half_life(9) == pytest.approx(0.5)
    config = RetNetConfig(100, 8, 2, 4, 6, 16, (3.0, 5.0, 7.0))
    assert state_bytes(config) == 4 * 2 * 3 * 4 * 6
    assert cache_bytes(config, 10) == 2 * 2 * 2 * 8 * 10
