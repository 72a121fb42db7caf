"""Headings, rows, lists, references and pieces of sentences are never quoted; sentences are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.summarise.prose import is_apart, is_prose

WHOLE = (
    "Anna Velling opened the first school of the valley in 1873.",
    "“We never saw it,” said the miller, and went home.",
    "In 2023, our income covered only 51% of our expenses.",
    "• The bridge fell in 1921 and was never built again.",
    "1. The council of the valley meets every month.",
    "iPad sales rose in every country last year.",
    "He asked (twice) whether the ferry would leave.",
    "$3.5 billion was paid to the holders of the stock in May.",
    "The council meets every month.[12]",
    "The mill was sold - and the house with it - in 1902.",
    "村は川の上の丘にあり、海まで八十マイルです。",
)

NOT_ALONE = {
    "a piece without its end": "The mill ground corn until the",
    "a piece without its beginning": "and the mill ground corn until the flood.",
    "the rest of a quotation": "Divestments” to the statements included in this report.",
    "a heading": "Chapter 4: Understanding Ownership",
    "a heading in capitals": "NOTES TO THE CONSOLIDATED FINANCIAL STATEMENTS.",
    "furniture of a page": "NOTES TO FINANCIAL STATEMENTS (Continued) for all the years shown.",
    "a row": "Net sales: 2021 $12; 2020 $11",
    "a row that ends in a stop": "Net sales: 2021 $12; 2020 $11 and more in all.",
    "a row of figures": "Total assets 1,204 1,311 1,402 at the end.",
    "an entry of the contents": "The flood and what came after it ........ 12.",
    "a caption": "Figure 3: The mill and the river as they were before the flood.",
    "a footnote of a table": "(1) Sales include the amortization of what was deferred.",
    "the name of a document": "Form of the Restricted Stock Unit Agreement under the Award Plan.",
    "a reference": "Velling, A. 1993. The mills of the valley and what they ground.",
    "a publisher": "Marden University Press, the valley of the Marden.",
    "a pointer": "See Note 3 of the notes for more about the mill.",
    "a salutation": "Dear readers of the chronicle, the year is over.",
    "too little": "It was so.",
    "no words": "— — — 12. — — —.",
}


@pytest.mark.parametrize("sentence", WHOLE)
def test_a_whole_sentence_may_be_quoted(sentence: str) -> None:
    assert is_prose(sentence, "")
    assert is_prose(sentence, "The flood came in spring. ")
    assert is_prose(sentence, "The flood\n")


@pytest.mark.parametrize("sentence", NOT_ALONE.values(), ids=NOT_ALONE.keys())
def test_what_cannot_stand_alone_is_not_quoted(sentence: str) -> None:
    assert not is_prose(sentence, "")


@pytest.mark.parametrize("before", ["The mill of the ", "Of all mills, ", "The valley – "])
def test_the_end_of_a_sentence_that_was_cut_is_not_quoted(before: str) -> None:
    assert not is_prose(WHOLE[0], before)


def test_the_halves_of_a_sentence_cut_inside_a_number_are_not_quoted() -> None:
    first, second = "The board declared a dividend of $0.", "53 cents were paid to all the holders."
    assert is_prose(first, "")
    assert not is_prose(first, "", f" {second}")
    assert not is_prose(second, f"{first} ")


@pytest.mark.parametrize(
    ("section", "apart"),
    [
        ("References", True),
        ("7. Bibliography", True),
        ("CONTENTS", True),
        ("Contents of ore", False),
    ],
)
def test_sections_of_references_hold_no_prose(section: str, apart: bool) -> None:
    assert is_apart(section) is apart


@given(st.text(), st.text())
def test_any_text_is_told_apart(sentence: str, before: str) -> None:
    assert is_prose(sentence, before) in (True, False)
