"""What a question means after what was said: which words it leans on, and where to look first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines import lexical
from retnet_core.words import plain

_leaning = """
    he she it they him her hers his its them their theirs himself herself itself themselves this
    these those here then one ones both others another same else
"""
LEANING = frozenset(_leaning.split())
"""Words that stand for something said before."""

OPENERS = ("and ", "but ", "so ", "or ", "what about ", "how about ", "what else", "who else")
FEW = 1  # content words of a question that can hardly stand alone
BELIEVED = 0.3  # confidence from which an answer helps to understand what follows
REMEMBERED = 24  # words of an earlier question or answer that are read with a question

_WORD = re.compile(r"[^\W\d_]+")
# "Who was that?" and "Who lived there?", but neither "the year that" nor "are there".
_LAST = re.compile(r"(?<!\bare)(?<!\bis)(?<!\bwas)(?<!\bwere)\sthere\W*$|\sthat\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer was found: a document and the sentence that was cited first."""

    document_id: str
    start: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A turn as the next question sees it; place: None where nothing was cited.

    confidence: the chance that the answer was right, 0 to 1.
    """

    question: str
    answer: str
    place: Place | None
    confidence: float = 1.0


def leans(question: str) -> bool:
    """Whether a question seems to speak of something that was said before.

    A word that stands for another counts unless a name stands before it: that is what it means.
    """
    if question.strip().casefold().startswith(OPENERS) or _LAST.search(question):
        return True
    words = _WORD.findall(question)
    for number, word in enumerate(words):
        if number and word[0].isupper() and word != "I":
            return False
        if plain(word) in LEANING:
            return True
    return len(lexical.content_words(question)) <= FEW


def understood(question: str, history: Sequence[Heard]) -> str:
    """A question that leans on the last turn with its answer before it.

    Where there was none, or it was hardly believed, the last question stands there instead.
    """
    if not history or not leans(question):
        return question
    heard = history[-1]
    believed = heard.confidence >= BELIEVED and heard.answer
    last = heard.answer if believed else heard.question
    return " ".join([*last.split()[:REMEMBERED], question])
