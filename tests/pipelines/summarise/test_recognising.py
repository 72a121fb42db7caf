"""Which numbers, dates and names a sentence tells, and where they stand in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.summarise.recognising import figures_in, names_in


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Net sales increased 33% or $91.3 billion during 2021.",
            [("percentage", "33%"), ("money", "$91.3 billion")],
        ),
        ("It cost 12 million euros and 5.5 percent more.", [
            ("money", "12 million euros"), ("percentage", "5.5 percent")]),
        ("Anna opened the school in 1873.", [("date", "1873")]),
        ("Since 2012, 4,300+ workshops in 68 countries were held.", [
            ("date", "2012"), ("quantity", "4,300+ workshops"), ("quantity", "68 countries")]),
        ("On March 31, 2022 and 1 May 2023 and 2024-06-30.", [
            ("date", "March 31, 2022"), ("date", "1 May 2023"), ("date", "2024-06-30")]),
        ("The river reaches the sea after 84 miles.", [("quantity", "84 miles")]),
        ("2024 holds promise, and Level 2 inputs count.", []),
        ("Profit rose in 2021 compared to 2020, or 3 of 40.", [("date", "2021")]),
    ],
)  # fmt: skip
def test_numbers_are_told_with_what_they_count(
    sentence: str, expected: list[tuple[str, str]]
) -> None:
    assert [(each.kind, each.text) for each in figures_in(sentence)] == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("However, Anna Velling founded the Bank of Marden.", ["Anna Velling", "Bank of Marden"]),
        ("The Marden rises on Monday in March 2021.", ["Marden"]),
        ("In Zürich she met Dr. E. Ström.", ["Zürich", "Dr. E. Ström"]),
        ("The mill ground corn, and I’m told that Velling’s brother did.", ["Velling"]),
    ],
)
def test_names_are_runs_of_capitals_without_the_opening_word(
    sentence: str, expected: list[str]
) -> None:
    assert [each.text for each in names_in(sentence)] == expected


@given(st.text())
def test_every_figure_stands_where_it_says(sentence: str) -> None:
    for each in (*figures_in(sentence), *names_in(sentence)):
        assert " ".join(sentence[each.start : each.end].split()) == each.text
        assert each.text
