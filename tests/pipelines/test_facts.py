"""Written sentences are tied to what bears them out, or dropped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.facts import Source, evidence_for, facts, told

SOURCES = [
    Source("Anna Velling opened the first school of the valley in 1873.", 0),
    Source("Her brother built the mill, which ground 1,204 sacks of corn a year.", 0),
    Source("On 3 March 1921 the bridge fell, and twelve villagers crossed by boat.", 1),
    Source("Tickets cost $3.50, a rise of 7 % over the year before.", 1),
]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The first school was opened by Anna Velling.", (0,)),
        ("In 1873 a school was opened.", (0,)),
        ("The mill ground 1204 sacks.", (1,)),
        ("Velling's brother built the mill.", (1, 0)),
        ("The bridge fell on March 3, 1921.", (2,)),
        ("Twelve villagers crossed by boat.", (2,)),
        ("12 villagers used a boat.", (2,)),
        ("A ticket cost $3.50, seven percent more.", (3,)),
        ("the mill ground corn", (1,)),
    ],
)
def test_a_sentence_is_tied_to_the_sentences_that_hold_its_facts(
    sentence: str, expected: tuple[int, ...]
) -> None:
    assert evidence_for(sentence, SOURCES) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Anna Velling opened the first school in 1874.",
        "Berta Velling opened the first school of the valley.",
        "Anna Velling opened the school in Hamburg.",
        "The mill ground 1,205 sacks of corn.",
        "The bridge fell on 3 May 1921.",
        "The bridge fell on 4 March 1921.",
        "Thirteen villagers crossed by boat.",
        "Tickets cost £3.50.",
        "Tickets rose by 8 %.",
        "Anna Velling crossed by boat in 1921.",
        "Zeppelins are wonderful.",
        "Nobody knows.",
        "",
    ],
)
def test_a_sentence_with_a_fact_that_is_not_in_its_evidence_is_dropped(sentence: str) -> None:
    assert evidence_for(sentence, SOURCES) is None


def test_numbers_and_months_have_one_form_however_they_are_written() -> None:
    assert (
        facts("about 1,204.5 on 03 Mar")
        == facts("near 1204.5 in March, the 3")
        == {
            "1204.5",
            "3",
            "march",
        }
    )
    assert facts("Corn grew.", frozenset({"corn"})) == frozenset()
    assert facts("Corn grew.") == {"corn"}


def test_no_evidence_at_all_bears_nothing_out() -> None:
    assert evidence_for("The mill ground corn.", []) is None


WORDS = st.lists(
    st.sampled_from(["Anna", "1873", "mill", "Hamburg", "corn", "ground", "7", "%"]), max_size=8
)


@given(words=WORDS)
def test_whatever_is_kept_claims_nothing_beyond_its_evidence(words: list[str]) -> None:
    sentence = " ".join(["the", *words])
    taken = evidence_for(sentence, SOURCES)
    if taken is not None:
        held = frozenset().union(*(told(SOURCES[number].text) for number in taken))
        assert facts(sentence) <= held
        assert len({SOURCES[number].passage for number in taken}) == 1
