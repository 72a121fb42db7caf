"""First questions to a document: made of its own sentences, and kept if this reader answers them.

A question is made of a sentence whose form is a plain one (pipelines/questions.py), so that its
answer is known. Then it is asked; it is suggested where that answer is given and cited from that
sentence. So whoever clicks on it sees what this reader can do with this document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.metrics import contains
from pipelines.questions import questions_of
from pipelines.summarise.figures import Figure
from storage.records import DocumentRecord

if TYPE_CHECKING:
    from app.service import Service
    from pipelines.answer import Answer

MOST = 4
TRIED = 8
"""Questions that are asked at most before those that were answered are suggested."""

_LOOKED_AT = 300  # key figures, whose sentences questions are made of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, its answer, and where that must be cited: start and end of a sentence."""

    question: str
    answer: str
    start: int
    end: int

    def is_answered_by(self, answer: Answer) -> bool:
        """Whether the first citation says it, in the place that the question was made from."""
        if not answer.found:
            return False
        first = answer.citations[0]
        return self.start <= first.start < self.end and contains(first.text, [self.answer])


def made_of(service: Service, document: DocumentRecord) -> tuple[Candidate, ...]:
    """Questions to try on a document."""
    return candidates(service.summaries.key_figures([document], _LOOKED_AT).figures)


def candidates(figures: Sequence[Figure]) -> tuple[Candidate, ...]:
    """At most TRIED questions that key figures answer, each in another sentence."""
    made: dict[str, Candidate] = {}
    for each in figures:
        told = each.sentence
        known = {(one.start, one.end) for one in made.values()}
        for question in questions_of(told.text, each.text, each.kind):
            if (told.start, told.end) not in known:
                made.setdefault(question, Candidate(question, _bare(each), told.start, told.end))
    return tuple(made.values())[:TRIED]


def _bare(figure: Figure) -> str:
    """What an answer must hold: of so many of something the number is enough."""
    return figure.text.split()[0] if figure.kind == "quantity" else figure.text


def best(tried: Sequence[tuple[Candidate, Answer]]) -> tuple[str, ...]:
    """The questions that were answered as they should be, the surest first, MOST at most."""
    sound = [(each, answer) for each, answer in tried if each.is_answered_by(answer)]
    sound.sort(key=lambda pair: -pair[1].confidence)
    return tuple(each.question for each, _ in sound[:MOST])
