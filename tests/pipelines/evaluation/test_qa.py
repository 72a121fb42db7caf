"""Evaluation of answers that are known beforehand, against values worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import pytest

from pipelines import lexical
from pipelines.answer import Answer, Citation
from pipelines.evaluation.outcomes import Kind
from pipelines.evaluation.qa import Opened, asked, report
from pipelines.evaluation.questions import Told, first_items, told
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
DOCUMENTS = [told(record) for record in RECORDS]


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


def known(title: str, text: str) -> Opened:
    """A library in which every answer is known beforehand; the text is stored as it is.

    Each sentence is a passage.
    """
    assert title.removesuffix(" (cut)") in {"Valley", "Silent", "b"}
    starts = [start for start, _ in sentences(text)]
    passages = tuple(zip(starts, [*starts[1:], len(text)], strict=True))
    return Opened(text, passages, {"readonce": ANSWERS.__getitem__})


def evaluated(
    documents: Sequence[Told] = DOCUMENTS, made: Sequence[Kind] = (), seed: int = 0
) -> dict[str, Any]:
    return report(list(asked(documents, known, made, seed)), seed)


def test_scores_are_those_worked_out_by_hand() -> None:
    scores = evaluated()
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
    for name in (
        "exact_match", "f1", "citation_hit_at_1", "citation_hit_at_3", "citation_overlap_at_1",
        "abstention_auroc",
    ):  # fmt: skip
        low, high = scores[f"{name}_interval"]
        assert 0 <= low <= scores[name] <= high <= 100
    low, high = scores["answer_seconds_median_interval"]
    assert 0.1 <= low <= 0.3 <= high <= 0.5


def best_sentence(question: str, text: str) -> tuple[str, float]:
    texts = [text[start:end] for start, end in sentences(text)]
    terms = [lexical.terms(each) for each in texts]
    weights = lexical.rarity(lexical.document_counts(terms), len(terms))
    scores = lexical.bm25(lexical.terms(question), terms, weights)
    return texts[scores.index(max(scores))], max(scores)


def test_the_baseline_is_the_sentence_with_the_highest_bm25() -> None:
    baseline = evaluated()["baseline"]
    questions = [(q, d.text) for d in DOCUMENTS for q in d.items]
    best = [(q, *best_sentence(q.question, text)) for q, text in questions]
    hits = [any(gold in text for gold in q.golds) for q, text, _ in best if q.golds]
    assert hits == [True, True, True, True]
    assert baseline["citation_hit_at_1"] == 100 * fmean(hits)
    assert baseline["citation_overlap_at_1"] == 100.0
    assert baseline["exact_match"] == 0.0
    # Words that count: gold / sentence. in 1873 / Anna opened school in 1873; corn / mill ground
    # corn; 1921 / bridge fell in 1921; boat / boat crossed river.
    assert baseline["f1"] == round(100 * (4 / 7 + 2 / 4 + 2 / 5 + 2 / 4) / 4, 2)
    assert baseline["answer_seconds_median"] is None
    (nothing,) = [score for q, _, score in best if not q.golds]
    above = [score > nothing for q, _, score in best if q.golds]
    assert baseline["abstention_auroc"] == 100 * fmean(above)


def test_differences_are_of_the_same_questions() -> None:
    scores = evaluated()
    difference = scores["difference_to_baseline"]
    for name in ("exact_match", "f1", "citation_hit_at_1"):
        expected = scores[name] - scores["baseline"][name]
        assert difference[name] == pytest.approx(expected, abs=0.011)
    assert difference["citation_hit_at_1_interval"] == [-100.0, 0.0]  # two of four are missed


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (4, 4), (5, 5), (50, 5), (None, 5)])
def test_no_more_questions_are_asked_than_the_limit(limit: int | None, count: int) -> None:
    assert evaluated(first_items(DOCUMENTS, limit))["questions"] == count


def test_a_document_without_questions_is_not_opened() -> None:
    opened: list[str] = []

    def noting(title: str, text: str) -> Opened:
        opened.append(title)
        return known(title, text)

    assert len(list(asked(DOCUMENTS, noting))) == 5
    assert opened == ["Valley", "b"]


def test_without_questions_there_are_no_scores() -> None:
    scores = evaluated([])
    assert scores["questions"] == 0
    assert scores["f1"] is scores["abstention_auroc"] is scores["answer_seconds_p95"] is None
    assert scores["calibration"] == {"ece": None, "bins": []}


def test_questions_of_one_kind_only_leave_the_other_scores_out() -> None:
    valley = RECORDS[0]
    scores = evaluated([told({**valley, "questions": valley["questions"][3:]})])
    assert (scores["questions"], scores["f1"], scores["abstention_auroc"]) == (1, None, None)
    scores = evaluated([told({**valley, "questions": valley["questions"][:3]})])
    assert scores["abstention_auroc"] is None
    assert scores["f1"] is not None


def test_what_is_claimed_is_told_for_each_type_of_question() -> None:
    told_of = evaluated()["abstention"]
    assert told_of["answerable"]["questions"] == 4
    assert told_of["answerable"]["claimed"] == 75.0
    assert told_of["official"] | {"claimed_interval": None} == {
        "questions": 1, "claimed": 0.0, "claimed_interval": None, "auroc": 75.0,
        "auroc_interval": told_of["official"]["auroc_interval"],
        "baseline": told_of["official"]["baseline"],
    }  # fmt: skip


@pytest.mark.parametrize("made", [("removed",), ("related",), ("removed", "related")])
def test_half_of_the_answerable_questions_are_made_unanswerable(made: tuple[Kind, ...]) -> None:
    scores = evaluated(made=made, seed=3)
    counts = {kind: each["questions"] for kind, each in scores["abstention"].items()}
    assert counts["answerable"] == 2
    assert counts["official"] == 1
    assert all(counts[kind] == 2 for kind in made)
    assert scores["left_out"] == 0
    assert evaluated(made=made, seed=3) == scores


def test_another_seed_draws_other_questions() -> None:
    drawn = {str(evaluated(made=("removed",), seed=seed)["f1"]) for seed in range(6)}
    assert len(drawn) > 1


def test_a_passage_that_answers_is_gone_where_its_question_is_asked_without_it() -> None:
    texts: dict[str, str] = {}

    def listening(title: str, text: str) -> Opened:
        opened = known(title, text)
        ask = opened.asks["readonce"]

        def noted(question: str) -> Answer:
            texts[question] = text
            return ask(question)

        return Opened(opened.text, opened.passages, {"readonce": noted})

    outcomes = list(asked(DOCUMENTS[:1], listening, ("removed",), seed=0))
    answers = {i.question: i.golds for i in DOCUMENTS[0].items}
    for question, text in texts.items():
        removed = text != TEXT
        assert not removed or not any(gold in text for gold in answers[question])
        assert not removed or len(sentences(text)) == 3
    assert sum(text != TEXT for text in texts.values()) == 1
    assert sum(outcome.kind == "removed" for outcome in outcomes) == 1


def test_a_question_whose_document_would_be_empty_is_left_out_and_counted() -> None:
    single = told({"id": "c", "title": "b", "document": "A boat.", "questions": [
        item("What crossed the river?", ["A boat"], "A boat."),
        item("What crossed the river?", ["A boat"], "A boat."),
    ]})  # fmt: skip
    scores = evaluated([single], ("removed",))
    assert (scores["questions"], scores["left_out"]) == (1, 1)


def test_a_question_is_not_asked_of_a_document_that_holds_its_answer() -> None:
    holds = told({"id": "c", "title": "Valley", "document": OTHER + " Corn! 1921, 1873.",
                  "questions": []})  # fmt: skip
    scores = evaluated([DOCUMENTS[0], holds], ("related",))
    assert (scores["abstention"].get("related"), scores["left_out"]) == (None, 1)
