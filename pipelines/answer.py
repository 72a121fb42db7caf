"""Answer a question from stored readings: every answer is a quote with its document and place.

Passages that share words with the question are read again, each from the state that was stored
before it, all in one batch. A sentence is scored by what the reader makes of its likeliest span
(how much likelier than "not in this passage") and by the words shared with the question.
"""

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pipelines import lexical
from pipelines.agreeing import grouped
from pipelines.document import Document, Heading
from pipelines.errors import EmptyQuestion
from pipelines.evidence import Evidence, Gathered, gather
from pipelines.languages import ENGLISH, language_of, language_of_question, others
from pipelines.vectors import Vectors
from retnet_core.checkpoint import LoadedReader
from storage.library import Library
from storage.records import DocumentRecord
from storage.scopes import Scope

CITATIONS = 5
CONSIDERED = 24  # sentences whose answers are compared
LONGEST_QUESTION = 64  # words; of a longer question its end is asked
LONGEST_WORD = 60  # characters looked at on each side of a span for the rest of its word

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Mixture:
    """How evidence becomes one score.

    odds · reader + shared · sentence + around · passage, less `kind` where a sentence lacks the
    kind of answer that is asked for. Confidence is the logistic function of slope · score +
    offset; below `found` nothing is claimed. Fitted with the weights on training documents
    (python -m training mixture).
    """

    reader: float = 1.0
    sentence: float = 0.5
    passage: float = 0.25
    kind: float = 1.0
    slope: float = 0.3624
    offset: float = -1.9735
    found: float = 0.24

    def score(self, evidence: Evidence) -> float:
        """One number for a sentence; higher is better."""
        return (
            self.reader * evidence.odds
            + self.sentence * evidence.shared
            + self.passage * evidence.around
            - self.kind * evidence.lacks
        )

    def confidence(self, score: float) -> float:
        """The chance that a sentence of this score holds the answer, 0 to 1."""
        return 0.5 + 0.5 * math.tanh(0.5 * (self.slope * score + self.offset))


SHIPPED = Mixture()
WORDS_ONLY = replace(SHIPPED, reader=0.0, kind=0.0, found=0.2)
"""For questions in a language that the reader does not know: see _covered."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence of a document and the exact span in it; offsets count in the document's text."""

    document: DocumentRecord
    page: int
    section: str
    sentence: str
    sentence_start: int
    sentence_end: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, how sure it is, and every place that says it, best first."""

    text: str
    confidence: float
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A sentence that a model wrote, and the numbers of the citations that it rests on, from 0."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote; dropped: the share of its sentences that had no evidence, 0 to 1."""

    lines: tuple[WrittenLine, ...]
    dropped: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found: text is the span of the best citation.

    said: the answers that differ, best first, each with its places. When found is False the
    citations are only the nearest places, text is empty and nothing is said. damaged: documents
    that might have answered, but what was kept of reading them cannot be used. languages: codes
    of those that the question or the best citation is in and the reader does not know; a question
    in one of them is answered with the whole sentence. written: where a model wrote the answer,
    text is its sentences and citations are what they rest on; where none could be kept, the answer
    is quoted all the same.
    """

    text: str
    found: bool
    confidence: float
    citations: tuple[Citation, ...]
    seconds: float
    damaged: tuple[DocumentRecord, ...] = ()
    said: tuple[Said, ...] = ()
    languages: tuple[str, ...] = ()
    written: Written | None = None


def ask(
    library: Library,
    scope: Scope,
    question: str,
    reader: LoadedReader,
    vectors: Vectors | None = None,
) -> Answer:
    """Answer from the documents of a scope; raises EmptyQuestion where nothing is asked.

    vectors keep the embeddings in memory between questions. Of a single document, raises
    StateMismatch or StateDamaged (retnet_core, storage) where a stored state cannot be used.
    """
    began = time.perf_counter()
    question = shortened(question)
    gathered = gather(library, scope, question, reader, vectors or Vectors())
    return concluded(library, gathered, question, began)


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
    extra: Callable[[Evidence], float] = lambda _: 0.0,
) -> Answer:
    """The answer that the evidence speaks for; extra is added to what each piece of it is worth.

    What is added decides between pieces of evidence and makes none of them surer.
    """
    asked_in = language_of_question(question)
    mixture = SHIPPED if asked_in == ENGLISH else WORDS_ONLY
    evidence = gathered.evidence
    ranked = sorted(evidence, key=lambda each: -mixture.score(each) - extra(each))[:CONSIDERED]
    quotes = [cited(evidence) for evidence in ranked]
    if asked_in != ENGLISH:
        quotes = [whole(quote) for quote in quotes]
    citations = placed(library, quotes)
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


def _sure(evidence: Evidence, question: str, mixture: Mixture) -> float:
    """The chance that a sentence holds the answer, 0 to 1."""
    if mixture is WORDS_ONLY:
        return 0.5 * _covered(question, evidence.passage.text)
    return mixture.confidence(mixture.score(evidence))


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


def whole(citation: Citation) -> Citation:
    """The citation whose span is its sentence."""
    return replace(
        citation,
        start=citation.sentence_start,
        end=citation.sentence_end,
        text=citation.sentence,
    )


def cited(evidence: Evidence) -> Citation:
    """The citation that a piece of evidence stands for, with the place of its passage."""
    passage, (first, last) = evidence.passage, evidence.sentence
    start, end = _tidied(passage.text, *evidence.span)
    start, end = max(first, start), min(last, end)  # a very long word is cut between sentences
    return Citation(
        document=evidence.document,
        page=passage.page,
        section=passage.section,
        sentence=passage.text[first:last],
        sentence_start=passage.start + first,
        sentence_end=passage.start + last,
        start=passage.start + start,
        end=passage.start + end,
        text=passage.text[start:end],
    )


def placed(library: Library, citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """The citations with the page and section of their spans: a passage may run over a border."""
    layouts = {each.document.id: _layout(library, each.document) for each in citations}
    return tuple(_on_page(each, layouts[each.document.id]) for each in citations)


def _layout(library: Library, document: DocumentRecord) -> Document:
    """Where pages and sections begin; the text itself is not needed."""
    outline = tuple(Heading(*heading) for heading in library.outline(document.id))
    return Document(document.title, "", library.page_starts(document.id), outline, ())


def _on_page(citation: Citation, layout: Document) -> Citation:
    page, section = layout.page_at(citation.start), layout.section_at(citation.start)
    return replace(citation, page=page, section=section)


def _tidied(text: str, start: int, end: int) -> tuple[int, int]:
    """A span of whole words and whole numbers, without white space and punctuation at its ends."""
    outer = " \t\n\r.,;:"
    piece = text[start:end]
    left, right = len(piece) - len(piece.lstrip(outer)), len(piece.rstrip(outer))
    if left < right:
        start, end = start + left, start + right
    for word in _WORD.finditer(text, max(0, start - LONGEST_WORD), end + LONGEST_WORD):
        if word.start() < start < word.end():
            start = word.start()
        if word.start() < end < word.end():
            end = word.end()
    return start, end
