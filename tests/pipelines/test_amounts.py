"""Which questions want an amount, and which numbers of a text are one."""

from __future__ import annotations

import pytest

from pipelines.amounts import amounts, asks_for_amount


@pytest.mark.parametrize(
    "question",
    [
        "How many mills were there?",
        "how much did the bridge cost",
        "What percentage of the members came?",
        "In what proportion were they mixed?",
        "What were net sales in 2020?",
        "What was the FY2021 expense?",
    ],
)
def test_an_amount_is_asked_for(question: str) -> None:
    assert asks_for_amount(question)


@pytest.mark.parametrize(
    "question",
    ["When did it burn?", "Who paid for it in 2020?", "What grew?", "How did the flood begin?", ""],
)
def test_something_else_is_asked_for(question: str) -> None:
    assert not asks_for_amount(question)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The five ferries carried 448,900 passengers in 2023.", ["five", "448,900"]),
        ("Since 1 March 2023 the fare has been 88 crowns.", ["88"]),
        ("On March 1, 2023 and in May 2024 nothing fell.", []),
        ("On the 20th of October three were rescued.", ["three"]),
        ("A loan of $2000 at 4.35 per cent, 1,950 of it repaid.", ["2000", "4.35", "1,950"]),
        ("Net sales: 2021 31,862; 2020 23,724", ["31,862", "23,724"]),
        ("In 1921. Then again, nobody came, nor is anyone alone.", []),
        ("Millions came, half of them twice.", ["Millions", "half", "twice"]),
        ("", []),
    ],
)
def test_numbers_are_amounts_but_for_those_of_dates(text: str, told: list[str]) -> None:
    assert [text[start:end].rstrip(".,") for start, end in amounts(text)] == told
