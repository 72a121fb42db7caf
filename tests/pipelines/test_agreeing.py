"""Answers that say the same stand together, best first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.agreeing import grouped


def test_case_articles_and_punctuation_do_not_part_answers() -> None:
    texts = ["the River Marden", "84 miles", "River Marden.", "84 Miles", "—", "–"]
    sure = [0.9, 0.5, 0.4, 0.6, 0.2, 0.1]
    assert grouped(texts, sure) == (((0, 2), 0.9), ((1, 3), 0.6), ((4,), 0.2), ((5,), 0.1))


@given(st.lists(st.sampled_from(["a mill", "Mill", "corn", "1873", ""])))
def test_every_answer_is_in_one_group(texts: list[str]) -> None:
    groups = grouped(texts, [0.5] * len(texts))
    assert sorted(place for places, _ in groups for place in places) == list(range(len(texts)))
    assert [places[0] for places, _ in groups] == sorted(places[0] for places, _ in groups)
