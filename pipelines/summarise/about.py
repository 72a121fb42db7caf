"""Summaries that answer to a question: sentences of the passages that share its rare words.

A sentence is worth its BM25 and its passage's, each as a share of the best one's, and a little for
being central to what was found. A question for the whole ("What is the paper about?") is none.
"""

import re
import time
from collections.abc import Sequence

import numpy as np

from pipelines import lexical
from pipelines.search import Ranking, search
from pipelines.sentences import sentences
from pipelines.summarise.central import Floats, words_of
from pipelines.summarise.choosing import chosen, standard
from pipelines.summarise.length import MEDIUM, Length
from pipelines.summarise.material import Sentence, may_be_quoted
from pipelines.summarise.summary import Summary, quoted, sizes, summarise
from storage.library import Library
from storage.records import DocumentRecord

PASSAGES = 48  # whose sentences are looked at
REPEATED = 0.5  # of shares of the best, what a sentence loses that is like one taken
LAST = 100.0  # more than any sentence is worth
CENTRAL = 0.1  # of the centrality, in standard deviations, beside shares of the best BM25

# Words of questions for the whole, which say nothing of what it holds.
_WHOLE = re.compile(
    r"summari[sz]\w*|summary|overview|gist|plots?|stor(?:y|ies)|documents?|texts?|papers?"
    r"|articles?|reports?|books?|chapters?|whole|entire|main|key|points?|contents?"
    r"|happen\w*|describ\w*|tell|brief\w*|general\w*|overall|please|give|say|says|topics?",
    re.IGNORECASE,
)


def summarise_about(
    library: Library,
    owner: str,
    documents: Sequence[DocumentRecord],
    question: str,
    length: Length = MEDIUM,
) -> Summary:
    """What documents say of a question; nothing where no sentence shares a word with it."""
    began = time.perf_counter()
    asked = " ".join(w for w in lexical.content_words(question) if not _WHOLE.fullmatch(w))
    if not asked:
        return summarise(library, owner, documents, length)
    scope = library.scope(owner, [document.id for document in documents])
    ranking = search(library, scope, asked, None, PASSAGES)
    found, scores = _sentences(ranking, documents)
    words = words_of([sentence.text for sentence in found])
    related, shares = _relevance(asked, found, ranking)
    if not related.any():
        return Summary((), "words", (), time.perf_counter() - began)
    worth = shares + _share(scores) + CENTRAL * standard(words.centrality())
    worth = worth + np.where(related, 0.0, _last(length))
    taken = chosen(worth, words, sizes(found), [], length, REPEATED)
    quotes = quoted(library, documents, [found[number] for number in _in_order(found, taken)])
    return Summary(quotes, "words", (), time.perf_counter() - began)


def _last(length: Length) -> float:
    """What a sentence of a passage found loses that shares no word with the question.

    It fills what is left of so many words, after all others; of so many sentences it is none.
    """
    return -np.inf if length.words is None else -LAST


def _sentences(
    ranking: Ranking, documents: Sequence[DocumentRecord]
) -> tuple[tuple[Sentence, ...], Floats]:
    """The sentences of the passages found that may be quoted, and their passages' scores."""
    numbers = {document.id: number for number, document in enumerate(documents)}
    every = [
        (Sentence(numbers[found.document_id], found.passage, found.passage.start + a, text), score)
        for found in ranking.found
        for score in [found.score]
        for a, b in sentences(found.passage.text)
        for text in [found.passage.text[a:b]]
    ]
    kept = [(each, score) for each, score in every if may_be_quoted(each)] or every
    return tuple(each for each, _ in kept), np.array([score for _, score in kept], np.float64)


def _relevance(
    asked: str, found: Sequence[Sentence], ranking: Ranking
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Floats]:
    """Whether each sentence, or its passage, shares a word with the question; its share of BM25."""
    terms = [ranking.cut(sentence.text) for sentence in found]
    scores = np.array(lexical.bm25(ranking.cut(asked), terms, ranking.weights), np.float64)
    return scores > 0, _share(scores)


def _share(scores: Floats) -> Floats:
    shares: Floats = scores / max(float(scores.max(initial=0.0)), 1e-9)
    return shares


def _in_order(found: Sequence[Sentence], taken: Sequence[int]) -> list[int]:
    return sorted(taken, key=lambda number: (found[number].document, found[number].start))
