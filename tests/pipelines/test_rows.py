"""A row of a table as extraction writes it gives the cell that is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extract.tables import row_lines
from pipelines.rows import cell_pointed_at, table_row

SALES = "Net sales, Services (3): 2021 68,425; Change 27%; 2020 53,768; Change 16%; 2019 46,291"
figure = st.from_regex(r"\$?\d{1,3}(,\d{3}){0,2}(\.\d)?|\(\d{1,3}\)|\d{1,2}%", fullmatch=True)
head = st.sampled_from(["2019", "2020", "Change", "Number of units", "September 25, 2021"])
label = st.sampled_from(["Net sales", "Revenues, Residential", "Tax (1)", "Cost of: goods"])


def said(sentence: str, question: str, pointed: tuple[int, int] = (0, 1)) -> str | None:
    span = cell_pointed_at(sentence, question, pointed)
    return None if span is None else sentence[slice(*span)]


@settings(max_examples=40)
@given(label, st.lists(st.tuples(head, figure), min_size=2, max_size=5))
def test_every_row_that_extraction_writes_is_read_back(
    name: str, values: list[tuple[str, str]]
) -> None:
    for pieces in row_lines(name, values):
        sentence = "".join(text for text, _ in pieces)
        row = table_row(sentence)
        assert row is not None
        read = [(cell.head, sentence[slice(*cell.value)]) for cell in row.cells]
        assert row.label == name
        assert read == [values[number - 1] for text, number in pieces if number > 0]


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How much did services bring in in 2019?", "46,291"),
        ("What were net sales of services in 2021?", "68,425"),
        ("What was the change in services in 2021?", "68,425"),
        ("By how much did services change?", "27%"),
        ("What did services bring in?", "68,425"),
    ],
    ids=["last year", "first year", "the year before the word", "the word alone", "nothing"],
)
def test_the_year_and_the_words_of_the_question_choose_the_cell(question: str, value: str) -> None:
    assert said(SALES, question) == value


def test_of_equal_cells_the_one_pointed_at_is_taken() -> None:
    start = SALES.index("53,768")
    assert said(SALES, "What did services bring in?", (start, start + 3)) == "53,768"


def test_figures_with_signs_that_stand_apart_are_whole() -> None:
    row = "Tax: 2021 $ (4,056); 2020 ( 12 ); 2019 —"
    assert [said(row, f"Tax in {year}?") for year in (2021, 2020, 2019)] == [
        "$ (4,056)",
        "( 12 )",
        "—",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "The mill burnt down in 1921.",
        "He said: we left at nine; nobody saw us.",
        "Founded: 1907",
        "Years: 2021 2020; 2019 2018",
        "2024 10,202",
        "",
    ],
)
def test_other_sentences_are_no_rows_of_several_cells(sentence: str) -> None:
    assert said(sentence, "When was it?") is None


def test_who_and_where_are_not_answered_with_figures() -> None:
    assert said(SALES, "Who sold services in 2019?") is None
