"""What speaks for each sentence of the candidate passages: the reader's view and shared words."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from pipelines import lexical
from pipelines.amounts import amounts, asks_for_amount
from pipelines.matching import share_of_label, shared_words
from pipelines.recall import Candidate, recall
from pipelines.rephrase import wordings
from pipelines.rows import cell_pointed_at
from pipelines.sentences import sentences
from pipelines.sources import Sources
from pipelines.stepping import at_once
from retnet_core.checkpoint import LoadedReader
from retnet_core.reading import PassageScores, read_again
from storage.records import DocumentRecord, PassageRecord

READ_AT_ONCE = 6
"""Passages of a batch: small enough to tell how far an answer has come."""

WITHOUT_AMOUNT = 2.0  # log-odds that a span loses which tells no amount where one is asked for


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence, the best span in it, and what speaks for it; offsets count in the passage.

    odds: log-odds that the sentence answers against "not in this passage"; shared: BM25 of the
    sentence among all that were looked at; before: that of the sentence before it in its passage,
    to which "he" and "it" refer; around: BM25 of its passage; likeness: how near in meaning its
    passage is, as pipelines.search says; named: the share of the label of a table's row that is
    asked for.
    """

    document: DocumentRecord
    passage: PassageRecord
    sentence: tuple[int, int]
    span: tuple[int, int]
    odds: float
    shared: float
    around: float
    before: float = 0.0
    likeness: float = 0.0
    named: float = 0.0


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence of every sentence looked at, and the documents that could not be used.

    passages: how many may answer, in so many documents; read: how many of them were read again.
    """

    evidence: tuple[Evidence, ...]
    damaged: tuple[DocumentRecord, ...]
    passages: int = 0
    documents: int = 0
    read: int = 0


def gather(sources: Sources, question: str, also: Sequence[int] = ()) -> Gathered:
    """The evidence of every sentence of the passages that may answer.

    also: the numbers of passages that are looked at whatever they are worth.
    """
    return at_once(gathering(sources, question, also))


def gathering(
    sources: Sources, question: str, also: Sequence[int] = ()
) -> Generator[Gathered, None, Gathered]:
    """The same in steps, the likeliest passages first: yields all the evidence so far.

    The first step comes before anything is read, the last when all is.
    """
    recalled = recall(sources, question, also)
    candidates = recalled.candidates
    documents = len({candidate.document.id for candidate in candidates})
    gathered = Gathered((), recalled.damaged, len(candidates), documents)
    yield gathered
    found: list[Evidence] = []
    for first in range(0, len(candidates), READ_AT_ONCE):
        some = candidates[first : first + READ_AT_ONCE]
        for asked in dict.fromkeys(candidate.asked for candidate in some):
            found += _read(sources.reader, asked, [each for each in some if each.asked == asked])
        evidence = _weighed(question, found, recalled.cut)
        gathered = replace(gathered, evidence=evidence, read=first + len(some))
        yield gathered
    return gathered


def _read(
    reader: LoadedReader, question: str, candidates: Sequence[Candidate]
) -> Iterator[Evidence]:
    """Each sentence of these passages with its best span, read again in one batch."""
    scores = read_again(
        reader,
        question,
        [candidate.passage.text for candidate in candidates],
        [candidate.past for candidate in candidates],
        [candidate.gap for candidate in candidates],
    )
    for candidate, score in zip(candidates, scores, strict=True):
        yield from _pointed(candidate, score, question)


def _pointed(candidate: Candidate, scores: PassageScores, question: str) -> Iterator[Evidence]:
    """Each sentence of a passage with its best span, its words not yet compared."""
    text = candidate.passage.text
    if asks_for_amount(question):
        scores = scores.doubting(amounts(text), WITHOUT_AMOUNT)
    for start, end in sentences(text):
        best = scores.best_span(start, end)
        if best is not None:
            first, last, odds = best
            in_row = cell_pointed_at(text[start:end], question, (first - start, last - start))
            yield Evidence(
                candidate.document,
                candidate.passage,
                (start, end),
                (first, last) if in_row is None else (start + in_row[0], start + in_row[1]),
                odds,
                0.0,
                candidate.score,
                likeness=candidate.likeness,
            )


def _weighed(question: str, found: Sequence[Evidence], cut: lexical.Cut) -> tuple[Evidence, ...]:
    """The evidence with the words that each sentence shares."""
    english = cut is lexical.terms
    said = wordings(question) if english else (question,)
    asked = [lexical.asked_terms(each) if english else cut(each) for each in said]
    quotes = [each.passage.text[slice(*each.sentence)] for each in found]
    shared = shared_words(asked, quotes, cut)
    return tuple(
        replace(
            each,
            shared=words,
            before=before,
            named=share_of_label(asked, quote, cut),
        )
        for each, quote, words, before in zip(
            found, quotes, shared, _of_those_before(found, shared), strict=True
        )
    )


def _of_those_before(found: Sequence[Evidence], shared: Sequence[float]) -> Iterator[float]:
    """What the sentence before each shares, nought at the beginning of a passage."""
    earlier: Evidence | None = None
    for each, before in zip(found, (0.0, *shared), strict=False):
        goes_on = earlier is not None and each.passage is earlier.passage
        yield before if goes_on else 0.0
        earlier = each
