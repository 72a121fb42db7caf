"""Which passages of one document, of several or of a whole library may answer a question.

Two rankings are made and fused. By words: the passages that hold the rarest words of the question
are found in the full-text index, and the best of them ranked by BM25 over their text. By meaning:
every embedding is compared with the question's. A passage is worth its BM25 plus MEANING times its
likeness, each as a share of the best; a likeness behind the first places, or below nought, counts
for nothing. A reader without embeddings has words only. Of a single document the words of its own
title say nothing about the place in it, and are left out; years are kept, for tables have columns
of years.

A question is put in other words too (rephrase.py), and a passage is worth what the wording that
fits it best makes of it.

A question in another language than English is looked for by the pieces of its words, which have an
index of their own: that of words knows neither the stems of other languages nor words without
spaces.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipelines import lexical
from pipelines.languages import ENGLISH, language_of_question
from pipelines.rephrase import OTHER_WORDS, wordings
from pipelines.vectors import Bytes, Floats, Vectors
from storage.library import Library
from storage.records import PassageRecord, Posting
from storage.scopes import Numbers, Scope

Asked = Mapping[str, Sequence[str]]  # each wording of a question with its words

FEWEST_POOL = 32
POOL = 128  # passages that are ranked, by their words and by their meaning
MEANING = 0.5  # of the likeness beside the words: see docs/heads.md
FEWEST_PASSAGES = 32
MOST_PASSAGES = 1_024


@dataclass(frozen=True, slots=True)
class Found:
    """A passage of a document that may answer.

    score: BM25 of its words, 0 where it shares none; likeness: how near its meaning is to the
    question's, as a share of the nearest passage's, 0 where embeddings say nothing; asked: the
    wording of the question that its words fit best.
    """

    document_id: str
    passage: PassageRecord
    score: float
    likeness: float = 0.0
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The passages that may answer, best first.

    weights: how rare each term of the question is; cut: how texts were cut into terms.
    """

    found: tuple[Found, ...]
    weights: Mapping[str, float]
    cut: lexical.Cut = lexical.terms


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """Where a question points, [E], and the embeddings by the same weights to compare it with."""

    question: Bytes
    weights_fingerprint: str
    vectors: Vectors


def search(
    library: Library,
    scope: Scope,
    question: str,
    meaning: Meaning | None,
    most: int,
    also: Sequence[int] = (),
) -> Ranking:
    """At most so many passages of a scope; a scope of no more is taken whole.

    also: the numbers of passages that are among them whatever they are worth.
    """
    cut, asked = asked_of(question, scope)
    postings = postings_of(library, scope, asked, cut)
    weights = term_weights(postings, scope.size)
    by_words = _by_words(postings, weights, asked)
    by_meaning, likeness = _by_meaning(library, scope, meaning)
    wanted = np.array(also, np.int64)
    pool = np.unique(np.concatenate((by_words, by_meaning, _opening(scope, most), wanted)))
    read = _read(library, scope, pool, asked, cut, weights)
    words = _shares({number: each.score for number, each in read.items()})
    like = _shares(dict(zip(by_meaning.tolist(), likeness.tolist(), strict=True)))
    worth = {number: words[number] + MEANING * like.get(number, 0.0) for number in read}
    best = sorted(worth, key=lambda number: (number not in also, -worth[number], number))[:most]
    found = (replace(read[number], likeness=like.get(number, 0.0)) for number in best)
    return Ranking(tuple(found), weights, cut)


def asked_of(question: str, scope: Scope) -> tuple[lexical.Cut, Asked]:
    """How texts are cut into terms, and the words, or pieces, of each wording of the question."""
    if language_of_question(question) != ENGLISH:
        return lexical.pieces, {question: lexical.pieces(question)}
    said = wordings(question)
    return lexical.terms, {each: _untitled(lexical.asked_words(each), scope) for each in said}


def postings_of(
    library: Library, scope: Scope, asked: Asked, cut: lexical.Cut
) -> tuple[Posting, ...]:
    """Where each word of any wording stands, named by its term."""
    words = list(dict.fromkeys(word for each in asked.values() for word in each))
    if cut is lexical.pieces:
        return library.postings_of_pieces(scope, " ".join(asked))
    return tuple(
        replace(posting, word=lexical.term(posting.word))
        for posting in library.postings(scope, words)
    )


def _untitled(words: list[str], scope: Scope) -> list[str]:
    """The words without those of a single document's title, if any is left then."""
    if len(scope.documents) != 1:
        return words
    title = set(lexical.terms(scope.documents[0].title))
    kept = [word for word in words if word.isdigit() or lexical.term(word) not in title]
    return kept if any(not word.isdigit() for word in kept) else words


def term_weights(postings: Sequence[Posting], passages: int) -> dict[str, float]:
    """How rare each term of the question is among so many passages.

    In a text of a few passages every word is common; it is weighed as if it were longer. Among
    very many a rare word would count for more than the mixture of evidence was fitted for, so all
    weights shrink together.
    """
    counts: dict[str, int] = {}
    for posting in postings:
        counts[posting.word] = max(counts.get(posting.word, 0), posting.count)
    rarity = lexical.rarity(counts, max(passages, FEWEST_PASSAGES))
    shrink = min(1.0, math.log(1 + MOST_PASSAGES) / math.log(1 + max(passages, 1)))
    return {term: shrink * weight for term, weight in rarity.items()}


def _by_words(postings: Sequence[Posting], weights: Mapping[str, float], asked: Asked) -> Numbers:
    """The passages whose words of a wording are the rarest together, in no order."""
    listed = {posting.word for posting in postings if posting.numbers is not None}
    held = {term: _union(term, postings) for term in listed}
    most = max(POOL // max(1, len(asked)), FEWEST_POOL)
    found = [np.zeros(0, np.int64)]
    for words in asked.values():
        terms = listed & {*words, *map(lexical.term, words)}
        found.append(_rarest({term: held[term] for term in terms}, weights, most))
    return np.unique(np.concatenate(found))


def _rarest(held: Mapping[str, Numbers], weights: Mapping[str, float], most: int) -> Numbers:
    """Of the passages that hold some terms, those whose terms weigh most."""
    if not held:
        return np.zeros(0, np.int64)
    numbers, at = np.unique(np.concatenate(list(held.values())), return_inverse=True)
    worth = np.repeat([weights[term] for term in held], [len(each) for each in held.values()])
    best = np.argsort(-np.bincount(at, worth), kind="stable")[:most]
    found: Numbers = numbers[best]
    return found


def _union(term: str, postings: Sequence[Posting]) -> Numbers:
    """The passages that hold any word of a term."""
    held = [p.numbers for p in postings if p.numbers is not None and p.word == term]
    return held[0] if len(held) == 1 else np.unique(np.concatenate(held))


def _by_meaning(library: Library, scope: Scope, meaning: Meaning | None) -> tuple[Numbers, Floats]:
    """The passages that point where the question points, best first, and how like they are."""
    if meaning is None:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    return meaning.vectors.nearest(
        library, scope, meaning.weights_fingerprint, meaning.question, POOL
    )


def _opening(scope: Scope, most: int) -> Numbers:
    """The first passages of a scope: what is read where nothing else is found."""
    if not scope.documents:
        return np.zeros(0, np.int64)
    starts = zip(scope.first[:most].tolist(), scope.passages[:most].tolist(), strict=True)
    return np.array([number for first, count in starts for number in range(first, first + count)])[
        :most
    ]


def _read(
    library: Library,
    scope: Scope,
    numbers: Numbers,
    asked: Asked,
    cut: lexical.Cut,
    weights: Mapping[str, float],
) -> dict[int, Found]:
    """The passages by number with the BM25 of their words; one that is gone is left out."""
    found = [
        Found(document_id, passage, 0.0)
        for document_id, passage in library.passages_numbered(scope.owner, numbers.tolist())
    ]
    places, _ = scope.places(np.array([each.passage.id for each in found], np.int64))
    sound = [
        each
        for each, place in zip(found, places, strict=True)
        if place >= 0 and scope.documents[place].id == each.document_id
    ]
    texts = [cut(each.passage.text) for each in sound]
    best = [replace(each, asked=next(iter(asked))) for each in sound]
    for place, (wording, words) in enumerate(asked.items()):
        terms = words if cut is lexical.pieces else list(map(lexical.term, words))
        for number, score in enumerate(lexical.bm25(terms, texts, weights)):
            worth = score * (OTHER_WORDS if place else 1.0)
            if worth > best[number].score:
                best[number] = replace(best[number], score=worth, asked=wording)
    return {each.passage.id: each for each in best}


def _shares(worth: Mapping[int, float]) -> dict[int, float]:
    """Each number as a share of the largest; nought where it is not above nought."""
    most = max(worth.values(), default=0.0)
    return {number: max(0.0, each) / most if most > 0 else 0.0 for number, each in worth.items()}
