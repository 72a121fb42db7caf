"""What speaks for each sentence of the candidate passages: the reader's view and shared words."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines import lexical
from pipelines.recall import Candidate, Recalled, recall
from pipelines.sentences import sentences
from pipelines.vectors import Vectors
from retnet_core.checkpoint import LoadedReader
from retnet_core.reading import PassageScores, read_again
from storage.library import Library
from storage.records import DocumentRecord, PassageRecord
from storage.scopes import Scope


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence, the likeliest span in it, and three figures; offsets count in the passage.

    odds: log-odds of the span against "not in this passage"; shared: BM25 of the sentence;
    around: BM25 of its passage; likeness: how near in meaning it is, as pipelines.search says.
    """

    document: DocumentRecord
    passage: PassageRecord
    sentence: tuple[int, int]
    span: tuple[int, int]
    odds: float
    shared: float
    around: float
    likeness: float = 0.0


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence of every sentence looked at, and the documents that could not be used."""

    evidence: tuple[Evidence, ...]
    damaged: tuple[DocumentRecord, ...]


def gather(
    library: Library,
    scope: Scope,
    question: str,
    reader: LoadedReader,
    vectors: Vectors,
    also: Sequence[int] = (),
) -> Gathered:
    """The evidence of every sentence of the passages that may answer, in one batch.

    also: the numbers of passages that are looked at whatever they are worth.
    """
    recalled = recall(library, scope, question, reader, vectors, also)
    candidates = recalled.candidates
    if not candidates:
        return Gathered((), recalled.damaged)
    scores = read_again(
        reader,
        question,
        [candidate.passage.text for candidate in candidates],
        [candidate.past for candidate in candidates],
        [candidate.gap for candidate in candidates],
    )
    evidence = tuple(
        evidence
        for candidate, score in zip(candidates, scores, strict=True)
        for evidence in _in_passage(candidate, score, recalled.cut(question), recalled)
    )
    return Gathered(evidence, recalled.damaged)


def _in_passage(
    candidate: Candidate, scores: PassageScores, asked: Sequence[str], recalled: Recalled
) -> Sequence[Evidence]:
    text = candidate.passage.text
    spans = sentences(text)
    terms = [recalled.cut(text[start:end]) for start, end in spans]
    shared = lexical.bm25(asked, terms, recalled.weights)
    found = []
    for (start, end), words in zip(spans, shared, strict=True):
        best = scores.best_span(start, end)
        if best is not None:
            first, last, odds = best
            found.append(
                Evidence(
                    candidate.document,
                    candidate.passage,
                    (start, end),
                    (first, last),
                    odds,
                    words,
                    candidate.score,
                    candidate.likeness,
                )
            )
    return found
