"""Answer a question from a stored reading: every answer is a quote with its place.

Passages that share words with the question are read again, each from the state that was stored
before it, all in one batch. A span is scored by what the reader makes of it (how much likelier
than "not in this passage") and by the words its sentence and passage share with the question.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines import lexical
from pipelines.errors import EmptyQuestion
from pipelines.recall import Candidate, recall
from pipelines.sentences import sentences
from retnet_core.checkpoint import LoadedReader
from retnet_core.reading import PassageScores, read_again
from storage.library import Library
from storage.records import DocumentRecord, PassageRecord

CITATIONS = 3


@dataclass(frozen=True, slots=True)
class Mixture:
    """How the evidence of a sentence is put together; fitted on training documents only.

    The score is reader · log-odds + sentence · BM25 of the sentence + passage · BM25 of the
    passage; confidence is its logistic after slope and offset; below `found` nothing is claimed.
    """

    reader: float = 1.0
    sentence: float = 0.6
    passage: float = 0.2
    slope: float = 0.5
    offset: float = -2.0
    found: float = 0.2


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence of the document and the exact span in it; offsets count in the whole text."""

    page: int
    section: str
    sentence: str
    sentence_start: int
    sentence_end: int
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found: text is the best citation's span; citations, best first, are alternatives.

    When found is False the citations are only the nearest places and text is empty.
    """

    text: str
    found: bool
    confidence: float
    citations: tuple[Citation, ...]
    seconds: float


def ask(
    library: Library,
    document: DocumentRecord,
    question: str,
    reader: LoadedReader,
    mixture: Mixture | None = None,
) -> Answer:
    """Answer from one document; raises EmptyQuestion where nothing is asked."""
    began = time.perf_counter()
    question = question.strip()
    if not question:
        raise EmptyQuestion("The question is empty. Type what you want to know.")
    mixture = mixture or Mixture()
    candidates = recall(library, document, question, reader)
    citations = _citations(library, document, question, reader, candidates, mixture)
    confidence = _confidence(citations, mixture)
    found = confidence >= mixture.found
    text = citations[0].text if found else ""
    return Answer(text, found, confidence, citations, time.perf_counter() - began)


def _citations(
    library: Library,
    document: DocumentRecord,
    question: str,
    reader: LoadedReader,
    candidates: Sequence[Candidate],
    mixture: Mixture,
) -> tuple[Citation, ...]:
    """The best span of each sentence of the candidates, the best sentences first."""
    if not candidates:
        return ()
    scores = read_again(
        reader,
        question,
        [candidate.passage.text for candidate in candidates],
        [candidate.past for candidate in candidates],
        [candidate.gap for candidate in candidates],
    )
    weights = _weights(library, document, question)
    found = [
        citation
        for candidate, score in zip(candidates, scores, strict=True)
        for citation in _in_passage(candidate, score, question, weights, mixture)
    ]
    return tuple(sorted(found, key=lambda citation: -citation.score)[:CITATIONS])


def _in_passage(
    candidate: Candidate,
    scores: PassageScores,
    question: str,
    weights: dict[str, float],
    mixture: Mixture,
) -> list[Citation]:
    """One citation for each sentence of a passage in which a span begins."""
    passage = candidate.passage
    spans = sentences(passage.text)
    asked = lexical.terms(question)
    shared = lexical.bm25(asked, [lexical.terms(passage.text[a:b]) for a, b in spans], weights)
    found = []
    for (start, end), words in zip(spans, shared, strict=True):
        best = _best_span(scores, start, end)
        if best is not None:
            first, last, odds = best
            score = (
                mixture.reader * odds
                + mixture.sentence * words
                + mixture.passage * candidate.score
            )
            found.append(_citation(passage, (start, end), (first, last), score))
    return found


def _best_span(scores: PassageScores, start: int, end: int) -> tuple[int, int, float] | None:
    """Offsets and log-odds of the likeliest span inside a sentence."""
    # A token may begin with the space before its word, so the bounds are taken by its end.
    inside = np.flatnonzero((scores.ends > start) & (scores.starts < end))
    if not len(inside):
        return None
    rows = scores.log_odds[inside[0] : inside[-1] + 1].copy()
    reach = np.arange(rows.shape[1])
    rows[np.arange(len(rows))[:, None] + reach >= len(rows)] = -np.inf
    row, length = np.unravel_index(int(rows.argmax()), rows.shape)
    first = int(inside[0] + row)
    return (
        max(start, int(scores.starts[first])),
        min(end, int(scores.ends[first + int(length)])),
        float(rows[row, length]),
    )


def _citation(
    passage: PassageRecord, sentence: tuple[int, int], span: tuple[int, int], score: float
) -> Citation:
    start, end = _trimmed(passage.text, *span)
    return Citation(
        page=passage.page,
        section=passage.section,
        sentence=passage.text[slice(*sentence)],
        sentence_start=passage.start + sentence[0],
        sentence_end=passage.start + sentence[1],
        start=passage.start + start,
        end=passage.start + end,
        text=passage.text[start:end],
        score=score,
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without the white space and the open punctuation at its ends."""
    outer = " \t\n\r.,;:"
    piece = text[start:end]
    left, right = len(piece) - len(piece.lstrip(outer)), len(piece.rstrip(outer))
    return (start + left, start + right) if left < right else (start, end)


def _weights(library: Library, document: DocumentRecord, question: str) -> dict[str, float]:
    """How rare each term of the question is among the passages of the document."""
    words = lexical.content_words(question)
    counts = library.term_counts(document.id, words)
    return lexical.rarity(
        {lexical.term(word): counts[word] for word in words}, document.passages
    )


def _confidence(citations: Sequence[Citation], mixture: Mixture) -> float:
    if not citations:
        return 0.0
    return 1 / (1 + math.exp(-(mixture.slope * citations[0].score + mixture.offset)))
