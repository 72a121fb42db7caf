"""What a question means after what was said: which words it leans on, and where to look first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines import lexical
from retnet_core.words import plain

_leaning = """
    he she it they him her hers his its them their theirs himself herself itself themselves this
    that these those there here then one ones both other others another same such else
"""
LEANING = frozenset(_leaning.split())
"""Words that stand for something said before."""

OPENERS = ("and ", "but ", "so ", "or ", "what about ", "how about ", "what else", "who else")
FEW = 1  # content words of a question that can hardly stand alone
REMEMBERED = 24  # words of an earlier question or answer that are read with a question

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer was found: a document and the sentence that was cited first."""

    document_id: str
    start: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A turn as the next question sees it; place: None where nothing was cited."""

    question: str
    answer: str
    place: Place | None


def leans(question: str) -> bool:
    """Whether a question seems to speak of something that was said before."""
    lowered = question.strip().casefold()
    words = [plain(word) for word in _WORD.findall(lowered)]
    if lowered.startswith(OPENERS) or any(word in LEANING for word in words):
        return True
    return len(lexical.content_words(question)) <= FEW


def understood(question: str, history: Sequence[Heard]) -> str:
    """The question with what it leans on put before it: the last question and its answer."""
    if not history or not leans(question):
        return question
    last = history[-1]
    parts = (_short(last.question), _short(last.answer), question)
    return " ".join(part for part in parts if part)


def _short(text: str) -> str:
    return " ".join(text.split()[:REMEMBERED])
