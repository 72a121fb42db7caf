"""First questions to a document: made of its own sentences, and kept if this reader answers them.

A question is made of a sentence whose form is a plain one (pipelines/questions.py), so that its
answer is known. Then it is asked; it is suggested where that answer is given and cited from that
sentence. So whoever clicks on it sees what this reader can do with this document.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.metrics import contains
from pipelines.questions import questions_of
from pipelines.summarise.figures import Figure

if TYPE_CHECKING:
    from pipelines.answer import Answer

MOST = 4
TRIED = 8
"""Questions that are asked before some are suggested."""

_SAMPLE = Path(__file__).parent / "sample" / "questions.json"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, its answer, and where that must be cited: from start to end, or on this page."""

    question: str
    answer: str
    start: int = 0
    end: int = 0
    page: int = 0

    def is_answered_by(self, answer: Answer) -> bool:
        """Whether the first citation says it, in the place that the question was made from."""
        if not answer.found:
            return False
        first = answer.citations[0]
        here = first.page == self.page if self.page else self.start <= first.start < self.end
        return here and contains(first.text, [self.answer])


def candidates(figures: Sequence[Figure]) -> tuple[Candidate, ...]:
    """At most TRIED questions that key figures answer, each in another sentence."""
    made: dict[tuple[str, int], Candidate] = {}
    for each in figures:
        told = each.sentence
        for question in questions_of(told.text, each.text, each.kind):
            known = Candidate(question, _bare(each), told.start, told.end)
            made.setdefault((told.document.id, told.start), known)
    return tuple({each.question: each for each in made.values()}.values())[:TRIED]


def _bare(figure: Figure) -> str:
    """What an answer must hold: of so many of something the number is enough."""
    return figure.text.split()[0] if figure.kind == "quantity" else figure.text


def of_sample() -> tuple[Candidate, ...]:
    """The questions that were written with the sample document, with their answers."""
    entries = json.loads(_SAMPLE.read_text(encoding="utf-8"))
    return tuple(
        Candidate(entry["question"], entry["answer"], page=entry["page"])
        for entry in entries
        if entry.get("answer")
    )[:TRIED]


def best(tried: Sequence[tuple[Candidate, Answer]]) -> tuple[str, ...]:
    """The questions that were answered as they should be, the surest first, MOST at most."""
    sound = [(each, answer) for each, answer in tried if each.is_answered_by(answer)]
    sound.sort(key=lambda pair: -pair[1].confidence)
    return tuple(each.question for each, _ in sound[:MOST])
