"""Evaluation of answers that are known beforehand, against values worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

import pytest

from pipelines import lexical
from pipelines.answer import Answer, Citation
from pipelines.evaluate import Ask, evaluate_qa
from pipelines.sentences import sentences
from tests.pipelines.stored import DOCUMENT

TEXT = (
    "Anna opened the school in 1873. The mill ground corn. "
    "The bridge fell in 1921. The council meets on Monday."
)
OTHER = "A boat crossed the river. Nobody saw it."


def item(question: str, answers: list[str], text: str = TEXT) -> dict[str, Any]:
    starts = [text.find(answer) for answer in answers]
    return {
        "id": question, "question": question, "answers": answers, "starts": starts,
        "unanswerable": not answers,
    }  # fmt: skip


RECORDS: list[dict[str, Any]] = [
    {
        "id": "a", "title": "Valley", "document": TEXT,
        "questions": [
            item("When was the school opened?", ["in 1873", "1873"]),
            item("What did the mill grind?", ["corn"]),
            item("When did the bridge fall?", ["1921"]),
            item("Who sank the ship?", []),
        ],
    },
    {"id": "silent", "title": "Silent", "document": OTHER, "questions": []},
    {
        "id": "b", "title": "", "document": OTHER,
        "questions": [item("What crossed the river?", ["A boat"], OTHER)],
    },
]  # fmt: skip


def cited(text: str, number: int) -> Citation:
    start, end = sentences(text)[number]
    return Citation(DOCUMENT, 1, "", text[start:end], start, end, start, end, text[start:end])


def answered(text: str, words: str, confidence: float, *numbers: int, seconds: float) -> Answer:
    return Answer(words, bool(words), confidence, tuple(cited(text, n) for n in numbers), seconds)


ANSWERS = {
    "When was the school opened?": answered(TEXT, "1873", 0.9, 0, 1, seconds=0.1),
    "What did the mill grind?": answered(TEXT, "the mill corn", 0.5, 0, 3, 1, seconds=0.2),
    "When did the bridge fall?": answered(TEXT, "", 0.1, 3, seconds=0.3),
    "Who sank the ship?": answered(TEXT, "", 0.3, 2, seconds=0.4),
    "What crossed the river?": answered(OTHER, "boat", 0.4, 0, seconds=0.5),
}


def known(title: str, text: str) -> tuple[str, Ask]:
    """A library in which every answer is known beforehand; the text is stored as it is."""
    assert title in {"Valley", "b"}
    return text, ANSWERS.__getitem__


def test_scores_are_those_worked_out_by_hand() -> None:
    scores = evaluate_qa(RECORDS, known)
    assert scores["questions"] == 5
    # Right, not quite, missed, right without its article.
    assert scores["exact_match"] == round(100 * (1 + 0 + 0 + 1) / 4, 2)
    assert scores["f1"] == round(100 * (1 + 2 / 3 + 0 + 1) / 4, 2)
    assert scores["citation_hit_at_1"] == round(100 * (1 + 0 + 0 + 1) / 4, 2)
    assert scores["citation_hit_at_3"] == round(100 * (1 + 1 + 0 + 1) / 4, 2)
    assert scores["citation_overlap_at_1"] == round(100 * (1 + 0 + 0 + 1) / 4, 2)
    # 0.3 of the unanswerable question stands below 0.9, 0.5, 0.4 and above 0.1.
    assert scores["abstention_auroc"] == 75.0
    assert (scores["answer_seconds_median"], scores["answer_seconds_p95"]) == (0.3, 0.5)
    for name in ("exact_match", "f1", "citation_hit_at_1", "citation_hit_at_3"):
        low, high = scores[f"{name}_interval"]
        assert 0 <= low <= scores[name] <= high <= 100


def best_sentence(question: Mapping[str, Any], text: str) -> tuple[str, float]:
    texts = [text[start:end] for start, end in sentences(text)]
    terms = [lexical.terms(each) for each in texts]
    weights = lexical.rarity(lexical.document_counts(terms), len(terms))
    scores = lexical.bm25(lexical.terms(question["question"]), terms, weights)
    return texts[scores.index(max(scores))], max(scores)


def test_the_baseline_is_the_sentence_with_the_highest_bm25() -> None:
    baseline = evaluate_qa(RECORDS, known)["baseline"]
    asked = [(q, r["document"]) for r in RECORDS for q in r["questions"]]
    best = [(q, *best_sentence(q, text)) for q, text in asked]
    hits = [any(gold in text for gold in q["answers"]) for q, text, _ in best if q["answers"]]
    assert hits == [True, True, True, True]
    assert baseline["citation_hit_at_1"] == 100 * fmean(hits)
    assert baseline["citation_overlap_at_1"] == 100.0
    assert baseline["exact_match"] == 0.0
    # Words that count: gold / sentence. in 1873 / Anna opened school in 1873; corn / mill ground
    # corn; 1921 / bridge fell in 1921; boat / boat crossed river.
    assert baseline["f1"] == round(100 * (4 / 7 + 2 / 4 + 2 / 5 + 2 / 4) / 4, 2)
    assert baseline["answer_seconds_median"] is None
    (nothing,) = [score for q, _, score in best if not q["answers"]]
    above = [score > nothing for q, _, score in best if q["answers"]]
    assert baseline["abstention_auroc"] == 100 * fmean(above)


@pytest.mark.parametrize(("limit", "asked"), [(1, 1), (4, 4), (5, 5), (50, 5), (None, 5)])
def test_no_more_questions_are_asked_than_the_limit(limit: int | None, asked: int) -> None:
    assert evaluate_qa(RECORDS, known, limit)["questions"] == asked


def test_a_document_without_questions_neither_ends_nor_slows_the_evaluation() -> None:
    assert evaluate_qa(RECORDS[1:], known)["questions"] == 1


def test_without_questions_there_are_no_scores() -> None:
    scores = evaluate_qa([], known)
    assert scores["questions"] == 0
    assert scores["f1"] is scores["abstention_auroc"] is scores["answer_seconds_p95"] is None


def test_questions_of_one_kind_only_leave_the_other_scores_out() -> None:
    unanswerable = {**RECORDS[0], "questions": RECORDS[0]["questions"][3:]}
    scores = evaluate_qa([unanswerable], known)
    assert (scores["questions"], scores["f1"], scores["abstention_auroc"]) == (1, None, None)
    scores = evaluate_qa([{**RECORDS[0], "questions": RECORDS[0]["questions"][:3]}], known)
    assert scores["abstention_auroc"] is None
    assert scores["f1"] is not None
