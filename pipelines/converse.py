"""Answer a question in a conversation: as it is understood after what was said before.

A question that leans on what was said is asked with the last answer before it, and the passages
around the place of that answer are looked at too. A sentence near that place is worth more: who
goes on talking mostly goes on about the same. Where a question can stand alone it is worth little
more, so that another matter can be begun at any time.
"""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial

from pipelines.answer import Answer, Step
from pipelines.ask import shortened, told
from pipelines.evidence import Evidence, gathering
from pipelines.followup import Heard, Place, leans, understood
from pipelines.sources import Sources
from pipelines.stepping import at_once
from storage.errors import NotFound
from storage.records import PassageRecord

SURE = 0.5  # confidence from which an answer says in full where to look next
AROUND = 1  # passages looked at on each side of the last answer


@dataclass(frozen=True, slots=True)
class Nearness:
    """What a sentence is worth more for standing near the last answer.

    same: in its passage; beside: in the next one or the one before; alone: the part of both that
    counts where the question can stand alone. Chosen on training dialogues (python -m benchmarks
    dialogues).
    """

    same: float = 4.0
    beside: float = 2.0
    alone: float = 0.25


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it was asked, and the passages around the last answer, in order."""

    asked: str
    leaning: bool
    near: tuple[PassageRecord, ...] = ()
    centre: int = -1
    """The index of the passage of the last answer."""
    sure: float = 0.0
    """How far that answer is believed, 0 to 1."""


CHOSEN = Nearness()


def converse(
    sources: Sources, history: Sequence[Heard], question: str, nearness: Nearness = CHOSEN
) -> tuple[Answer, str]:
    """The answer, and the question as it was understood; raises as pipelines.ask.ask does.

    Without history the answer is the one that ask gives.
    """
    return at_once(conversing(sources, history, question, nearness))


def conversing(
    sources: Sources, history: Sequence[Heard], question: str, nearness: Nearness = CHOSEN
) -> Generator[Step, None, tuple[Answer, str]]:
    """The same in steps, as pipelines.ask.answering."""
    began = time.perf_counter()
    meant = _understood(sources, history, shortened(question))
    also = [passage.id for passage in meant.near]
    steps = gathering(sources, meant.asked, also)
    extra = partial(_extra, meant, nearness)
    answer = yield from told(sources.library, steps, meant.asked, began, extra)
    return answer, meant.asked


def _understood(sources: Sources, history: Sequence[Heard], question: str) -> Understood:
    asked, leaning = understood(question, history), leans(question)
    placed = next((heard for heard in reversed(history) if heard.place is not None), None)
    place = placed.place if placed else None
    if (
        placed is None
        or place is None
        or all(place.document_id != each.id for each in sources.scope.documents)
    ):
        return Understood(asked, leaning)
    try:
        near = sources.library.passages_around(place.document_id, place.start, AROUND)
    except NotFound:
        return Understood(asked, leaning)
    centre = next((each for each in reversed(near) if each.start <= place.start), None)
    if centre is None or not _still_there(centre, place):
        return Understood(asked, leaning)
    sure = min(1.0, placed.confidence / SURE)
    return Understood(asked, leaning, near, centre.index, sure)


def _still_there(passage: PassageRecord, place: Place) -> bool:
    """Whether the cited sentence stands where it stood: a newer version may have moved it."""
    at = place.start - passage.start
    return passage.text.startswith(place.sentence, at)


def _extra(meant: Understood, nearness: Nearness, evidence: Evidence) -> float:
    """What a piece of evidence is worth more for standing near what was talked about."""
    if all(evidence.passage.id != each.id for each in meant.near):
        return 0.0
    here = evidence.passage.index == meant.centre
    more = meant.sure * (nearness.same if here else nearness.beside)
    return more if meant.leaning else more * nearness.alone
