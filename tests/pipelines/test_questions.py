"""A plain sentence gives the question that its figure answers; any other gives none."""

from __future__ import annotations

import pytest

from pipelines.questions import questions_of
from pipelines.summarise.recognising import Kind


@pytest.mark.parametrize(
    ("kind", "figure", "sentence", "question"),
    [
        pytest.param(
            "name",
            "Anna Velling",
            "Anna Velling opened the first school of the valley, and her brother the mill.",
            "Who opened the first school of the valley?",
            id="who",
        ),
        pytest.param(
            "date",
            "14 March 1921",
            "The cooperative was founded on 14 March 1921 in the schoolhouse of Merrow.",
            "When was the cooperative founded?",
            id="when",
        ),
        pytest.param(
            "date",
            "1892",
            "In 1892, the Western Medical College was amalgamated into the University.",
            "When was the Western Medical College amalgamated into the University?",
            id="the time first",
        ),
        pytest.param(
            "date",
            "1636",
            "Providence Plantation was founded in 1636.",
            "When was Providence Plantation founded?",
            id="a name",
        ),
        pytest.param(
            "quantity",
            "164 seats",
            "The saloon has 164 seats, a corner for children and windows.",
            "How many seats does the saloon have?",
            id="how many",
        ),
        pytest.param(
            "quantity",
            "448,900 passengers",
            "In 2023 the five\nferries carried 448,900 passengers between the islands.",
            "How many passengers did the five ferries carry in 2023?",
            id="how many in a year",
        ),
    ],
)
def test_a_plain_sentence_gives_a_question(
    kind: Kind, figure: str, sentence: str, question: str
) -> None:
    assert list(questions_of(sentence, figure, kind)) == [question]


@pytest.mark.parametrize(
    ("kind", "figure", "sentence"),
    [
        pytest.param("date", "1986", "She was built in 1986 and is still sailing.", id="a pronoun"),
        pytest.param(
            "date", "1921", "It was the busiest since it was founded in 1921.", id="since"
        ),
        pytest.param(
            "date",
            "1921",
            "The best year since the company was founded in 1921 was the last.",
            id="a clause in the subject",
        ),
        pytest.param("date", "1 March 2023", "Fares were raised on 1 March 2023.", id="one word"),
        pytest.param("name", "Anna Velling", "Later Anna Velling opened it.", id="amid a sentence"),
        pytest.param("name", "The Council", "The Council opened it.", id="no person"),
        pytest.param("quantity", "9 boats", "At the end the islands had 9 boats.", id="a place"),
        pytest.param("money", "$5", "The ferry has $5.", id="money"),
        pytest.param("date", "1921", "Nothing of the kind.", id="not in the sentence"),
    ],
)
def test_anything_else_gives_none(kind: Kind, figure: str, sentence: str) -> None:
    assert list(questions_of(sentence, figure, kind)) == []
