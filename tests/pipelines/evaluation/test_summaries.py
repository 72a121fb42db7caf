"""Summaries beside their baselines, with methods whose choice is known beforehand."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.evaluation.summaries import OURS, Sample, picked, rated, report, sample

TEXT = "The mill ground corn. The river rose. A boat came late. The school was opened by Anna."
LINES = ("one two three", "four five six seven", "Note", "eight nine ten")


def test_a_line_gives_every_different_reference() -> None:
    record = {
        "id": "a",
        "document": TEXT,
        "summary": "S.",
        "refs": ["S.", "T.", " "],
        "query": None,
    }
    assert sample(record) == Sample("a", TEXT, ("S.", "T."), "")


@pytest.mark.parametrize(
    "bad",
    [
        {"id": "a", "document": TEXT, "summary": "", "refs": []},
        {"id": "a", "document": " ", "summary": "S.", "refs": []},
        {"id": "a", "document": 7, "summary": "S.", "refs": []},
        {"id": "a", "summary": "S."},
        {"id": "a", "document": TEXT, "summary": "S.", "refs": 3},
        {"id": "a", "document": TEXT, "summary": "\ud800"},
        ["a"],
    ],
    ids=["no summary", "white space", "a number", "no document", "refs", "half a sign", "a list"],
)
def test_a_line_that_is_none_is_refused(bad: Any) -> None:  # noqa: ANN401
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        sample(bad)


def test_the_best_sentences_that_fit_come_in_the_order_of_the_text() -> None:
    assert picked(LINES, [1.0, 0.0, 9.0, 2.0], 6) == [LINES[0], LINES[3]]
    assert picked(LINES, [1.0, 3.0, 9.0, 2.0], 6) == [LINES[1]]
    assert picked(LINES, [1.0, 3.0, 9.0, 2.0], 2) == [LINES[1]]
    assert picked(LINES, [3.0, 2.0, 9.0, 1.0], 6) == [LINES[0], LINES[3]]  # four words do not fit
    assert picked([], [], 2) == []


def asked_for(title: str, text: str, query: str, words: int) -> list[str]:
    """The last sentence, whatever is asked."""
    assert (title, text, words) == ("a", TEXT, 6)
    return ["The school was opened by Anna."]


def test_every_method_is_scored_at_the_length_of_the_reference() -> None:
    one = Sample("a", TEXT, ("The school was opened by Anna.",), "")
    found = report(list(rated([one, one], asked_for)))
    assert found["documents"] == 2
    assert (found["rouge1"], found["rouge2"], found["rougeLsum"]) == (100.0, 100.0, 100.0)
    assert set(found["baselines"]) == {"lead", "lexrank", "textrank"}
    lead = found["baselines"]["lead"]
    assert lead["words"] == 4.0  # The mill ground corn; no other sentence fits
    assert lead["rouge1"] == round(100 * 2 * 1 / (4 + 6), 2)  # the
    best = found["difference"]["best_baseline"]
    gain = round(100 - found["baselines"][best]["rougeLsum"], 2)
    assert found["difference"]["rougeLsum"] == pytest.approx(gain, abs=0.011)
    assert found["difference"]["rougeLsum_interval"] == pytest.approx([gain, gain], abs=0.011)


def test_a_query_brings_the_sentences_with_its_words_as_one_more_baseline() -> None:
    one = Sample("a", TEXT, ("The school was opened by Anna.",), "Who opened the school?")
    found = report(list(rated([one], asked_for)))
    assert found["baselines"]["bm25"]["rouge1"] == 100.0
    assert found["difference"]["rougeLsum"] == 0.0
    whole = Sample("a", TEXT, one.references, "")
    assert "bm25" not in next(rated([one, whole], asked_for)).scores


def test_nothing_summarised_is_told_as_that() -> None:
    assert report([])["documents"] == 0
    assert OURS not in report([])["baselines"]
