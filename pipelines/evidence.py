"""What speaks for each sentence of the candidate passages: the reader's view and shared words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines import lexical
from pipelines.recall import Candidate, recall
from pipelines.sentences import sentences
from retnet_core.checkpoint import LoadedReader
from retnet_core.reading import PassageScores, read_again
from storage.library import Library
from storage.records import DocumentRecord, PassageRecord

FEWEST_PASSAGES = 32


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence, the likeliest span in it, and three figures; offsets count in the passage.

    odds: log-odds of the span against "not in this passage"; shared: BM25 of the sentence;
    around: BM25 of its passage.
    """

    passage: PassageRecord
    sentence: tuple[int, int]
    span: tuple[int, int]
    odds: float
    shared: float
    around: float


def gather(
    library: Library, document: DocumentRecord, question: str, reader: LoadedReader
) -> tuple[Evidence, ...]:
    """The evidence of every sentence of the passages that may answer, in one batch."""
    candidates = recall(library, document, question, reader)
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
    return tuple(
        evidence
        for candidate, score in zip(candidates, scores, strict=True)
        for evidence in _in_passage(candidate, score, question, weights)
    )


def _in_passage(
    candidate: Candidate, scores: PassageScores, question: str, weights: Mapping[str, float]
) -> Sequence[Evidence]:
    text = candidate.passage.text
    spans = sentences(text)
    terms = [lexical.terms(text[start:end]) for start, end in spans]
    shared = lexical.bm25(lexical.terms(question), terms, weights)
    found = []
    for (start, end), words in zip(spans, shared, strict=True):
        best = scores.best_span(start, end)
        if best is not None:
            first, last, odds = best
            found.append(
                Evidence(
                    candidate.passage, (start, end), (first, last), odds, words, candidate.score
                )
            )
    return found


def _weights(library: Library, document: DocumentRecord, question: str) -> dict[str, float]:
    """How rare each term of the question is among the passages of the document.

    In a document of a few passages every word is common; it is weighed as if it were longer.
    """
    words = lexical.content_words(question)
    counts = library.term_counts(document.id, words)
    passages = max(document.passages, FEWEST_PASSAGES)
    return lexical.rarity({lexical.term(word): counts[word] for word in words}, passages)
