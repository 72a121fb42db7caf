"""The most important figures of documents: numbers, dates and names, each with its sentence."""

import math
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest

import numpy as np

from pipelines.summarise.central import Floats, Words, words_of
from pipelines.summarise.choosing import standard
from pipelines.summarise.material import Sentence, gather
from pipelines.summarise.recognising import Kind, Spoken, figures_in, names_in
from pipelines.summarise.summary import Quote, Ranking, quoted, sizes, worth
from storage.library import Library
from storage.records import DocumentRecord

MOST = 16
SAME_KIND = 0.35  # what a figure loses for each one of its kind that is taken
SAME_SENTENCE = 1.5  # and for each one of its sentence
_PRIOR: dict[Kind, float] = {
    "money": 0.5, "percentage": 0.3, "date": 0.0, "quantity": 0.2, "name": 0.0,
}  # fmt: skip
WEIGHTY = 1.0  # what a sentence gains that tells of a total or of a change
LONG = 0.7  # what a sentence loses by the logarithm of its words, in standard deviations
_OF_WEIGHT = re.compile(
    r"\b(?:total(?:led|ed)?|overall|net|revenues?|sales|income|profits?|earnings|losses|costs?"
    r"|increased?|decreased?|grew|rose|fell|declined?|doubled|reached|averaged?|record|more than"
    r"|founded|born|died|opened|employ(?:s|ed|ees)|population)\b",
    re.IGNORECASE,
)
_SENTENCES = 800  # searched for figures, the most telling
_LOOKED_AT = 400  # figures of which the key ones are taken
_FEWEST = 3  # sentences that hold a name of one word
_OFTEN = 0.8  # of the logarithm of how many sentences hold a name


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it stands in its sentence; start and end count characters of the text."""

    kind: Kind
    text: str
    start: int
    end: int
    sentence: Quote


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures by kind, the most important first; ranking as in Summary."""

    figures: tuple[Figure, ...]
    ranking: Ranking
    seconds: float


@dataclass(frozen=True, slots=True)
class _Told:
    """A figure with the sentence in which it is best told, and what it is worth there."""

    spoken: Spoken
    sentence: Sentence
    worth: float


def key_figures(
    library: Library, owner: str, documents: Sequence[DocumentRecord], most: int = MOST
) -> Figures:
    """At most so many figures of documents, each told once."""
    began = time.perf_counter()
    material = gather(library, owner, documents)
    words = words_of([sentence.text for sentence in material.sentences])
    telling = _telling(material.sentences, words)
    best = np.sort(np.argsort(-telling)[:_SENTENCES]).tolist()
    sentences, scores = [material.sentences[n] for n in best], [float(telling[n]) for n in best]
    told = [*_numbers(sentences, scores), *_names(sentences, scores)]
    taken = _taken(told, most)
    quotes = quoted(library, documents, [each.sentence for each in taken])
    found = (_figure(each, quote) for each, quote in zip(taken, quotes, strict=True))
    kinds = list(_PRIOR)
    figures = tuple(sorted(found, key=lambda figure: kinds.index(figure.kind)))
    ranking: Ranking = "words" if material.unread else "salience"
    return Figures(figures, ranking, time.perf_counter() - began)


def _telling(sentences: Sequence[Sentence], words: Words) -> Floats:
    """How well each sentence tells a figure: [N]. A short one does, of totals and of change."""
    telling = np.array([bool(_OF_WEIGHT.search(each.text)) for each in sentences], np.float64)
    size = standard(np.log1p(sizes(sentences).astype(np.float64)))
    return worth(sentences, words) + WEIGHTY * telling - LONG * size


def _figure(told: _Told, quote: Quote) -> Figure:
    spoken = told.spoken
    at = told.sentence.start
    return Figure(spoken.kind, spoken.text, at + spoken.start, at + spoken.end, quote)


def _numbers(sentences: Sequence[Sentence], scores: Sequence[float]) -> Iterator[_Told]:
    """Each number or date once, where it is told best."""
    best: dict[tuple[Kind, str], _Told] = {}
    for sentence, score in zip(sentences, scores, strict=True):
        for spoken in figures_in(sentence.text):
            told = _Told(spoken, sentence, score + _PRIOR[spoken.kind])
            known = best.get((spoken.kind, spoken.key))
            if known is None or known.worth < told.worth:
                best[spoken.kind, spoken.key] = told
    yield from best.values()


def _names(sentences: Sequence[Sentence], scores: Sequence[float]) -> Iterator[_Told]:
    """Each name once; one of a single word only where it stands often and never as a plain word."""
    best: dict[str, _Told] = {}
    counts: Counter[str] = Counter()
    for sentence, score in zip(sentences, scores, strict=True):
        for spoken in {each.key: each for each in names_in(sentence.text)}.values():
            counts[spoken.key] += 1
            known = best.get(spoken.key)
            if known is None or known.worth < score:
                best[spoken.key] = _Told(spoken, sentence, score)
    plain = set(re.findall(r"(?<![A-Za-z])[a-z]+", " ".join(each.text for each in sentences)))
    for key, told in best.items():
        single = " " not in told.spoken.text
        if single and (counts[key] < _FEWEST or key in plain):
            continue
        often = _OFTEN * math.log(counts[key])
        yield _Told(told.spoken, told.sentence, told.worth + _PRIOR["name"] + often - 1)


def _taken(told: Sequence[_Told], most: int) -> list[_Told]:
    """The worthiest, one after another, of many kinds and of many sentences."""
    taken: list[_Told] = []
    left = nlargest(_LOOKED_AT, told, key=lambda each: each.worth)
    kinds: Counter[str] = Counter()
    places: Counter[tuple[int, int]] = Counter()
    while left and len(taken) < most:

        def value(each: _Told) -> float:
            place = (each.sentence.document, each.sentence.start)
            loss = SAME_KIND * kinds[each.spoken.kind] + SAME_SENTENCE * places[place]
            return each.worth - loss

        best = max(left, key=value)
        taken.append(best)
        kinds[best.spoken.kind] += 1
        places[best.sentence.document, best.sentence.start] += 1
        left = [each for each in left if not _says(best, each)]
    return taken


def _says(best: _Told, other: _Told) -> bool:
    """Whether a figure is taken already: the same one, or a part of the same name."""
    if best.spoken.kind != other.spoken.kind:
        return False
    one, two = best.spoken.key, other.spoken.key
    return one == two or (best.spoken.kind == "name" and (one in two or two in one))
