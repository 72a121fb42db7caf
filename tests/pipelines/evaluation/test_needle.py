"""Facts hidden in a filler: where they stand, and how what became of them is counted."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.answer import Answer, Citation
from pipelines.evaluation.facts import Fact, facts
from pipelines.evaluation.needle import Hidden, hidden, report, sought, wilson
from pipelines.sentences import Span
from tests.pipelines.stored import DOCUMENT

FILLER = "The mill ground corn. “The river rose!” A boat came late, and nobody saw it.\n\n" * 400
DEPTHS = (0.0, 0.5, 1.0)


def all_hidden(filler: str = FILLER, count: int = 40) -> list[Hidden]:
    return list(hidden({10_000: filler, 30_000: filler * 2}, facts(count, 1), DEPTHS, seed=3))


def test_every_fact_stands_where_it_is_said_to_between_whole_sentences() -> None:
    for each in all_hidden():
        rest, end = "", 0
        for fact, _, (start, stop) in each.facts:
            assert each.text[start:stop] == fact.sentence
            assert start == 0 or each.text[start - 1].isspace()
            assert each.text[:start].rstrip().endswith((".", "!”")) or not start
            rest, end = rest + each.text[end:start], stop + 1
        assert "".join((rest + each.text[end:]).split()) in "".join((FILLER * 2).split())


def test_depths_are_kept_and_facts_of_one_depth_stand_apart() -> None:
    for each in all_hidden():
        places = {depth: [] for depth in DEPTHS}  # type: dict[float, list[float]]
        for _, depth, (start, _) in each.facts:
            places[depth].append(start / len(each.text))
        for depth, found in places.items():
            assert all(abs(place - depth) < 0.3 for place in found)
            assert found == sorted(set(found))
        assert min(places[0.0]) == 0.0
        assert max(places[1.0]) > 0.9


def test_a_short_text_carries_few_facts_and_templates_stay_together() -> None:
    texts = all_hidden()
    assert [(each.tokens, len(each.facts)) for each in texts] == [
        (10_000, 20), (10_000, 20), (30_000, 40)
    ]  # fmt: skip
    for each in texts:
        counts = [
            sum(f.template == t for f, *_ in each.facts)
            for t in {f.template for f, *_ in each.facts}
        ]
        assert set(counts) == {10}
    assert all_hidden() == texts


def test_a_filler_without_sentences_takes_all_facts_at_its_end() -> None:
    (text, *_) = all_hidden("word " * 900, 10)
    for fact, _, (start, stop) in text.facts:
        assert text.text[start:stop] == fact.sentence


def answered(sentence: Span, words: str) -> Answer:
    citation = Citation(DOCUMENT, 1, "", "", *sentence, *sentence, words)
    return Answer(words, bool(words), 0.5, (citation,), 0.1)


def test_what_is_found_and_cited_is_counted_by_length_depth_and_kind() -> None:
    texts = all_hidden()
    known: dict[str, tuple[Fact, Span]] = {
        fact.question: (fact, span) for each in texts[:2] for fact, _, span in each.facts
    }

    def seek(question: str, span: Span) -> tuple[Answer, Mapping[str, bool]]:
        fact, place = known[question]
        assert place == span
        if fact.kind == "literal":
            return answered((span[0] + 2, span[1] + 9), f"it is {fact.answer.upper()}"), {
                "words": True
            }
        return answered((span[1], span[1] + 9), ""), {"words": False}

    found = report([outcome for each in texts[:2] for outcome in sought(each, seek)])
    assert found["facts"] == 40
    by_kind = {each["kind"]: each for each in found["lengths"]}
    assert {each["tokens"] for each in found["lengths"]} == {10_000}
    assert (by_kind["literal"]["found"], by_kind["literal"]["cited"]) == (100.0, 100.0)
    assert by_kind["literal"]["found_interval"] == [83.89, 100.0]  # 20 of 20
    assert (by_kind["paraphrased"]["found"], by_kind["paraphrased"]["cited"]) == (0.0, 0.0)
    assert by_kind["paraphrased"]["retrieved"] == {"words": 0.0, "words_interval": [0.0, 16.11]}
    assert sum(each["facts"] for each in found["results"]) == 40
    assert {(each["depth"], each["kind"]) for each in found["results"]} == {
        (depth, kind) for depth in DEPTHS for kind in by_kind
    }


def test_nothing_sought_gives_no_rows() -> None:
    assert report([]) == {"facts": 0, "lengths": [], "results": []}


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
    ],
    ids=["none", "all", "81 of 263 (Newcombe 1998)", "15 of 148 (Newcombe 1998)"],
)
def test_the_interval_is_that_of_wilson(right: int, count: int, low: float, high: float) -> None:
    assert wilson(right, count) == pytest.approx((low, high), abs=5e-5)


@settings(deadline=None)
@given(st.integers(1, 300), st.data())
def test_the_interval_holds_the_share(count: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, count))
    low, high = wilson(right, count)
    assert 0 <= low <= right / count + 1e-12
    assert right / count - 1e-12 <= high <= 1
