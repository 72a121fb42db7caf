"""First questions: made of a document's own headings and figures, and of nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from app.suggesting import MOST, suggested
from pipelines.summarise.figures import Figure
from pipelines.summarise.recognising import Kind
from pipelines.summarise.summary import Quote
from storage.records import DocumentRecord


def figure(kind: Kind, text: str) -> Figure:
    quote = Quote(cast("DocumentRecord", SimpleNamespace(at=datetime.now(UTC))), text, 1, "", 0, 1)
    return Figure(kind, text, 0, len(text), quote)


def test_headings_names_and_dates_become_questions_in_turn() -> None:
    headings = ["Report", "1 Introduction", "2.1 Water supply", "The Northern Line", "Costs"]
    figures = [figure("name", "Anna Velling"), figure("date", "1873"), figure("money", "$5")]
    assert suggested(headings, figures) == (
        "What is said about water supply?",
        "Who or what is Anna Velling?",
        "What happened in 1873?",
        "What is said about The Northern Line?",
    )


@pytest.mark.parametrize("heading", ["Contents", "IV. Results", "A", "12", "References", "x" * 90])
def test_headings_that_name_no_subject_ask_nothing(heading: str) -> None:
    assert suggested(["Title", heading], []) == ()


def test_there_are_never_more_than_a_few_and_none_twice() -> None:
    headings = ["Title", *["Water supply"] * 5, *[f"Bridge of town {n}" for n in range(9)]]
    found = suggested(headings, [])
    assert len(found) == len(set(found)) == MOST
