"""The sentences that a summary may quote, found without looking at every text of a library."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipelines.sentences import sentences
from pipelines.summarise.central import Floats, Numbers, words_of
from pipelines.summarise.prose import is_apart, is_prose
from storage.library import Library
from storage.records import DocumentRecord, PassageRecord, SalienceRecord

MOST = 1_600  # sentences whose text is looked at
STRETCH = 8  # so many of a stretch of a long document
PLACES = 20  # a later place is no worse
PLACE = 0.5  # what a sentence loses by the logarithm of its place, in standard deviations

_BEFORE = 120  # characters looked at in front of a sentence
_AFTER = 8
_FURNITURE = 4  # a sentence that stands so often in a document belongs to its pages

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of documents[document] with its passage; place counts those before it, from 0.

    salience is nan where no reading left one; start counts characters of the document's text.
    """

    document: int
    passage: PassageRecord
    start: int
    text: str
    salience: float = math.nan
    place: int = 0

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def before(self) -> str:
        at = self.start - self.passage.start
        return self.passage.text[max(0, at - _BEFORE) : at]

    @property
    def after(self) -> str:
        at = self.end - self.passage.start
        return self.passage.text[at : at + _AFTER]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Sentences in the order of documents and texts.

    unread: the places of the documents of which no reading left saliences.
    """

    sentences: tuple[Sentence, ...]
    unread: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Marked:
    """The sentences of one document: passage, start, length and salience of each [N]."""

    passage: Numbers
    start: Numbers
    length: Numbers
    salience: npt.NDArray[np.float32]


def gather(library: Library, owner: str, documents: Sequence[DocumentRecord]) -> Material:
    """At most about MOST sentences of these documents that may be quoted."""
    runs = library.saliences(owner, [document.id for document in documents])
    marked = {
        number: marks_of(runs[document.id])
        for number, document in enumerate(documents)
        if document.id in runs
    }
    unread = tuple(number for number in range(len(documents)) if number not in marked)
    cut = {number: _cut(library, number, documents[number].id) for number in unread}
    total = sum(len(each.start) for each in marked.values()) + sum(map(len, cut.values()))
    share = min(1.0, MOST / max(1, total))
    found = _fetched(library, owner, documents, {n: _kept(m, share) for n, m in marked.items()})
    found |= {number: _central(each, share) for number, each in cut.items()}
    return Material(tuple(_fit(found, len(documents))), unread)


def marks_of(runs: Iterable[SalienceRecord]) -> _Marked:
    """The runs of a document as one."""
    runs = tuple(runs)
    counts = np.concatenate([run.numbers() for run in runs])
    marks = np.concatenate([run.sentences() for run in runs])
    return _Marked(
        np.repeat(np.arange(len(counts)), counts),
        marks["start"].astype(np.int64),
        marks["length"].astype(np.int64),
        marks["salience"].astype(np.float32),
    )


def _kept(marked: _Marked, share: float) -> _Marked:
    """The same, or of each stretch of it the most salient sentences."""
    count = len(marked.start)
    if share >= 1:
        return marked
    place = np.log1p(np.minimum(np.arange(count), PLACES))
    best = _best_of_stretches(marked.salience - PLACE * place, share)
    return _Marked(
        marked.passage[best], marked.start[best], marked.length[best], marked.salience[best]
    )


def _best_of_stretches(scores: Floats, share: float) -> Numbers:
    """The numbers, in order, of the best of each of as many equal stretches as a share takes.

    Of each stretch STRETCH, of a short text fewer, but one of any.
    """
    count = len(scores)
    stretches = max(1, round(count * share / STRETCH))
    stretch = np.arange(count) * stretches // max(1, count)
    order = np.lexsort((-scores, stretch))
    first = np.searchsorted(stretch, np.arange(stretches))
    rank = np.arange(count) - first[stretch[order]]
    return np.sort(order[rank < max(1, min(STRETCH, round(count * share)))])


def _fetched(
    library: Library,
    owner: str,
    documents: Sequence[DocumentRecord],
    marked: dict[int, _Marked],
) -> dict[int, list[Sentence]]:
    """The sentences with their passages; one whose passage is gone is left out."""
    passages = _passages(library, owner, documents, marked)
    found: dict[int, list[Sentence]] = {}
    for number, marks in marked.items():
        of_one = found.setdefault(number, [])
        rows = zip(*(each.tolist() for each in _columns(marks)), strict=True)
        for index, start, length, salience in rows:
            passage = passages.get((documents[number].id, index))
            if passage is not None:
                at = start - passage.start
                text = passage.text[at : at + length]
                of_one.append(Sentence(number, passage, start, text, salience))
    return found


def _columns(marks: _Marked) -> tuple[Numbers, Numbers, Numbers, npt.NDArray[np.float32]]:
    return marks.passage, marks.start, marks.length, marks.salience


def _passages(
    library: Library,
    owner: str,
    documents: Sequence[DocumentRecord],
    marked: dict[int, _Marked],
) -> dict[Key, PassageRecord]:
    """The passages that hold marked sentences, by document and index."""
    scope = library.scope(owner, [documents[number].id for number in marked]) if marked else None
    if scope is None:
        return {}
    firsts = {each.id: int(first) for each, first in zip(scope.documents, scope.first, strict=True)}
    numbers = [
        firsts[documents[number].id] + index
        for number, marks in marked.items()
        if documents[number].id in firsts
        for index in np.unique(marks.passage).tolist()
    ]
    rows = library.passages_numbered(owner, numbers)
    return {(document_id, passage.index): passage for document_id, passage in rows}


def _cut(library: Library, number: int, document_id: str) -> list[Sentence]:
    """The sentences of a document that no reading marked."""
    return [
        Sentence(number, passage, passage.start + first, passage.text[first:last])
        for passage in library.passages(document_id)
        for first, last in sentences(passage.text)
    ]


def _central(cut: list[Sentence], share: float) -> list[Sentence]:
    """The same, or of each stretch of them the most central."""
    if share >= 1:
        return cut
    central = words_of([sentence.text for sentence in cut]).centrality()
    return [cut[each] for each in _best_of_stretches(central, share).tolist()]


def _fit(found: dict[int, list[Sentence]], documents: int) -> Iterator[Sentence]:
    """Those that may be quoted, with their places; all of a document that has none."""
    for number in range(documents):
        of_one = found.get(number, [])
        texts = Counter(map(_plain, of_one))
        fit = [each for each in of_one if may_be_quoted(each) and texts[_plain(each)] < _FURNITURE]
        kept = fit or [each for each in of_one if any(map(str.isalnum, each.text))]
        yield from (replace(each, place=place) for place, each in enumerate(kept))


def may_be_quoted(sentence: Sentence) -> bool:
    """Whether a sentence is one of running text that can stand alone."""
    return not is_apart(sentence.passage.section) and is_prose(
        sentence.text, sentence.before, sentence.after
    )


def _plain(sentence: Sentence) -> str:
    return " ".join(sentence.text.split()).casefold()
