"""First questions: made of a document's own sentences, and suggested if they are answered."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

from app.suggesting import TRIED, Candidate, best, candidates
from pipelines.answer import Answer, Citation
from pipelines.summarise.figures import Figure
from pipelines.summarise.recognising import Kind
from pipelines.summarise.summary import Quote
from storage.records import DocumentRecord


def figure(kind: Kind, text: str, sentence: str, start: int = 0) -> Figure:
    document = cast("DocumentRecord", SimpleNamespace(id="d"))
    quote = Quote(document, sentence, 1, "", start, start + len(sentence))
    return Figure(kind, text, 0, len(text), quote)


def answer(start: int, text: str, confidence: float = 0.6) -> Answer:
    document = cast("DocumentRecord", None)
    cited = Citation(document, 1, "", text, start, start + 9, start, start + len(text), text)
    return Answer(text, True, confidence, (cited,), 0.0)


def test_key_figures_become_questions_that_they_answer_one_of_each_sentence() -> None:
    ferry = "The ferry has 164 seats and was built in 1986."
    mill = "The mill was built in 1902."
    figures = [
        figure("quantity", "164 seats", ferry),
        figure("date", "1902", mill, 100),
        figure("money", "$5", "It cost $5.", 200),
        figure("date", "1902", mill, 300),
    ]
    assert candidates(figures) == (
        Candidate("How many seats does the ferry have?", "164", 0, len(ferry)),
        Candidate("When was the mill built?", "1902", 100, 100 + len(mill)),
    )


def test_there_are_never_more_than_a_few() -> None:
    some = [figure("date", "1902", f"The mill of No{n} was built in 1902.", n) for n in range(20)]
    assert len(candidates(some)) == TRIED


def test_a_question_must_be_given_its_answer_and_from_its_sentence() -> None:
    known = Candidate("How many?", "448,900", 50, 90)
    assert known.is_answered_by(answer(60, "448,900 Passengers"))
    assert not known.is_answered_by(answer(90, "448,900"))
    assert not known.is_answered_by(answer(60, "five"))
    assert not known.is_answered_by(replace(answer(60, "448,900"), found=False))


def test_the_surest_of_those_answered_as_they_should_be_are_suggested() -> None:
    tried = [
        (Candidate(f"{number}?", "x", 0, 10), answer(number, "x", number / 10))
        for number in range(8)
    ]
    wrong = (Candidate("wrong?", "x", 0, 10), answer(11, "x", 0.9))
    assert best([*tried, wrong]) == ("7?", "6?", "5?", "4?")
    assert best([wrong]) == ()
