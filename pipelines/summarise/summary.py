"""Summaries: the sentences that say most of what documents say, each with its place.

A sentence is worth its salience plus how central its words are, both in standard deviations over
the sentences that may be quoted, less PLACE · log(1 + its place), places beyond PLACES alike, and
more or less for its manner (manner.py).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from pipelines.document import Document, Heading
from pipelines.summarise.central import Floats, Numbers, Words, words_of
from pipelines.summarise.choosing import chosen, standard
from pipelines.summarise.length import MEDIUM, Length
from pipelines.summarise.manner import manner
from pipelines.summarise.material import PLACE, PLACES, Sentence, gather
from storage.library import Library
from storage.records import DocumentRecord

PARTS = 12  # of a text without headings, each of which should have its say

Ranking = Literal["salience", "words"]


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a document; start and end count characters of the document's text."""

    document: DocumentRecord
    text: str
    page: int
    section: str
    start: int
    end: int

    @property
    def line(self) -> str:
        """The text with its white space made one."""
        return " ".join(self.text.split())


@dataclass(frozen=True, slots=True)
class Summary:
    """Quotes in the order of documents and texts.

    ranking: "words" where no reading left saliences of some document, so that only its words
    could be weighed; unread: those documents.
    """

    sentences: tuple[Quote, ...]
    ranking: Ranking
    unread: tuple[DocumentRecord, ...]
    seconds: float

    @property
    def text(self) -> str:
        return " ".join(quote.line for quote in self.sentences)

    @property
    def lines(self) -> str:
        """One sentence a line, as ROUGE-Lsum reads it."""
        return "\n".join(quote.line for quote in self.sentences)


def summarise(
    library: Library,
    owner: str,
    documents: Sequence[DocumentRecord],
    length: Length = MEDIUM,
) -> Summary:
    """The summary of one document, of several or of many, as if they were one text."""
    began = time.perf_counter()
    material = gather(library, owner, documents)
    words = words_of([sentence.text for sentence in material.sentences])
    taken = chosen(
        worth(material.sentences, words),
        words,
        sizes(material.sentences),
        groups(material.sentences),
        length,
    )
    quotes = quoted(library, documents, [material.sentences[number] for number in sorted(taken)])
    unread = tuple(documents[number] for number in material.unread)
    ranking: Ranking = "words" if unread else "salience"
    return Summary(quotes, ranking, unread, time.perf_counter() - began)


def worth(sentences: Sequence[Sentence], words: Words) -> Floats:
    """How good each sentence is by itself: [N]."""
    salience = np.array([sentence.salience for sentence in sentences], np.float64)
    place = np.array([sentence.place for sentence in sentences], np.float64)
    central = standard(words.centrality())
    put = np.array([manner(sentence.text, sentence.before) for sentence in sentences], np.float64)
    late = PLACE * np.log1p(np.minimum(place, PLACES))
    found: Floats = standard(salience) + central - late + put
    return found


def sizes(sentences: Sequence[Sentence]) -> Numbers:
    """How many words each sentence has: [N]."""
    return np.array([len(sentence.text.split()) for sentence in sentences], np.int64)


def groups(sentences: Sequence[Sentence]) -> list[Numbers]:
    """The document and the section, or part, of each sentence by number: two times [N]."""
    keys: dict[tuple[int, str | int], int] = {}
    last = {sentence.document: sentence.passage.index + 1 for sentence in sentences}
    sections = []
    for each in sentences:
        part = each.passage.section or each.passage.index * PARTS // last[each.document]
        sections.append(keys.setdefault((each.document, part), len(keys)))
    documents = [sentence.document for sentence in sentences]
    return [np.array(documents, np.int64), np.array(sections, np.int64)]


def quoted(
    library: Library, documents: Sequence[DocumentRecord], sentences: Sequence[Sentence]
) -> tuple[Quote, ...]:
    """The sentences with the page and the section on which each begins."""

    @lru_cache(maxsize=64)
    def layout(number: int) -> Document:
        known = documents[number]
        outline = (Heading(*heading) for heading in library.outline(known.id))
        return Document(known.title, "", library.page_starts(known.id), tuple(outline), ())

    return tuple(
        Quote(
            documents[each.document],
            each.text,
            layout(each.document).page_at(each.start),
            layout(each.document).section_at(each.start),
            each.start,
            each.end,
        )
        for each in sentences
    )
