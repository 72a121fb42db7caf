"""Answer a question from stored readings: every answer is a quote with its document and place.

Passages that share words with the question are read again, each from the state that was stored
before it, some in a batch, the likeliest first. A sentence is scored by what the reader makes of
all its spans (how much likelier than "not in this passage") and by the words shared with the
question.
"""

import time
from collections.abc import Callable, Generator, Hashable, Sequence
from dataclasses import replace

from pipelines import lexical
from pipelines.agreeing import grouped
from pipelines.answer import Answer, Citation, PassagesFound, PassagesRead, Said, Step
from pipelines.cite import cited, placed, whole
from pipelines.errors import EmptyQuestion
from pipelines.evidence import Evidence, Gathered, gathering
from pipelines.languages import ENGLISH, language_of, language_of_question, others
from pipelines.mixture import SHIPPED, WORDS_ONLY, Mixture
from pipelines.sources import Sources
from pipelines.stepping import at_once
from storage.library import Library

CITATIONS = 5
CONSIDERED = 24  # sentences whose answers are compared
PAGE_BEST = 3  # sentences of a page that speak for each other
PAGE = 0.5  # of their mean
ENOUGH = 0.8  # confidence in an answer at which no more passages are read: see docs/asking.md
LONGEST_QUESTION = 64  # words; of a longer question its end is asked

Extra = Callable[[Evidence], float]


def ask(sources: Sources, question: str) -> Answer:
    """Answer from the documents of a scope; raises EmptyQuestion where nothing is asked.

    Of a single document, raises StateMismatch or StateDamaged (retnet_core, storage) where a
    stored state cannot be used.
    """
    return at_once(answering(sources, question))


def answering(sources: Sources, question: str) -> Generator[Step, None, Answer]:
    """The same in steps: what was found, then what was read, and the best answer so far.

    Nothing is stored on the way, so that it can be stopped after any step.
    """
    began = time.perf_counter()
    question = shortened(question)
    steps = gathering(sources, question)
    return (yield from told(sources.library, steps, question, began))


def told(
    library: Library,
    steps: Generator[Gathered, None, Gathered],
    question: str,
    began: float,
    extra: Extra = lambda _: 0.0,
) -> Generator[Step, None, Answer]:
    """The steps of gathering evidence as a person is told them, and the answer in the end.

    The less likely passages are not read where the likelier ones have given a sure answer.
    """
    gathered: Gathered | None = None
    best: Answer | None = None
    while True:
        try:
            gathered = next(steps)
        except StopIteration as end:
            if best is None or end.value is not gathered:
                return concluded(library, end.value, question, began, extra)
            return replace(best, seconds=time.perf_counter() - began)
        if not gathered.read:
            yield PassagesFound(gathered.passages, gathered.documents)
        else:
            best = concluded(library, gathered, question, began, extra)
            yield PassagesRead(gathered.read, gathered.passages, best)
            if best.found and best.confidence >= ENOUGH:
                steps.close()
                return replace(best, seconds=time.perf_counter() - began)


def shortened(question: str) -> str:
    """The question on one line, of a very long one its end; raises EmptyQuestion."""
    question = " ".join(question.split()[-LONGEST_QUESTION:])
    if not question:
        raise EmptyQuestion("The question is empty: type what you want to know.")
    return question


def concluded(
    library: Library,
    gathered: Gathered,
    question: str,
    began: float,
    extra: Extra = lambda _: 0.0,
) -> Answer:
    """The answer that the evidence speaks for; extra is added to what each piece of it is worth.

    What is added decides between pieces of evidence and makes none of them surer.
    """
    asked_in = language_of_question(question)
    mixture = SHIPPED if asked_in == ENGLISH else WORDS_ONLY
    quotes = [cited(evidence) for evidence in gathered.evidence]
    if asked_in != ENGLISH:
        quotes = [whole(quote) for quote in quotes]
    places = placed(library, quotes)
    worth = [mixture.rank(each) + extra(each) for each in gathered.evidence]
    worth = backed(worth, [(each.document.id, each.page) for each in places])
    best = sorted(range(len(worth)), key=lambda number: -worth[number])[:CONSIDERED]
    ranked = [gathered.evidence[number] for number in best]
    citations = tuple(places[number] for number in best)
    sure = [_sure(evidence, question, mixture) for evidence in ranked]
    said = _said(citations, sure)
    confidence = said[0].confidence if said else 0.0
    convincing = bool(citations) and confidence >= mixture.found
    languages = others([asked_in, *(language_of(e.passage.text) for e in ranked[:1])])
    return Answer(
        citations[0].text if convincing else "",
        convincing,
        confidence,
        citations[:CITATIONS],
        time.perf_counter() - began,
        gathered.damaged,
        said if convincing else (),
        languages,
    )


def backed(worth: Sequence[float], pages: Sequence[Hashable]) -> list[float]:
    """What sentences are worth with what else speaks for their page: its best ones, together.

    A page that holds an answer mostly says more of the same matter. Of a text of one page nothing
    changes.
    """
    held: dict[Hashable, list[float]] = {}
    for each, page in zip(worth, pages, strict=True):
        held.setdefault(page, []).append(max(0.0, each))
    more = {page: sum(sorted(some)[-PAGE_BEST:]) / PAGE_BEST for page, some in held.items()}
    return [each + PAGE * more[page] for each, page in zip(worth, pages, strict=True)]


def _sure(evidence: Evidence, question: str, mixture: Mixture) -> float:
    """The chance that a sentence holds the answer, 0 to 1."""
    if mixture is WORDS_ONLY:
        return 0.5 * _covered(question, evidence.passage.text)
    return mixture.confidence(evidence)


def _covered(question: str, text: str) -> float:
    """The share of a question's pieces of words that a text holds, 0 to 1."""
    asked = set(lexical.pieces(question))
    return len(asked & set(lexical.pieces(text))) / max(1, len(asked))


def _said(citations: Sequence[Citation], sure: Sequence[float]) -> tuple[Said, ...]:
    """The answers of these citations, what says the same together."""
    groups = grouped([citation.text for citation in citations], sure)
    return tuple(
        Said(citations[places[0]].text, confidence, tuple(citations[place] for place in places))
        for places, confidence in groups[:CITATIONS]
    )
