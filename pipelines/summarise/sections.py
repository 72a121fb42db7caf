"""Summaries of the sections of a document, and an outline with one line for each."""

import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.document import Document, Heading
from pipelines.summarise.central import words_of
from pipelines.summarise.choosing import chosen
from pipelines.summarise.length import Length
from pipelines.summarise.material import Sentence, gather
from pipelines.summarise.summary import Quote, Ranking, quoted, sizes, worth
from storage.library import Library
from storage.records import DocumentRecord

MOST_SECTIONS = 24  # summarised each; deeper headings belong to those above
MOST_LINES = 120  # of an outline
LINE = Length(sentences=1)

_STRETCH = 12_000  # characters of a part of a text without headings
_SHORT = 200  # characters in front of the first heading that are no section


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what is quoted of the text up to the next one; level 1 is the highest."""

    title: str
    level: int
    page: int
    sentences: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections of one document in order; ranking as in Summary."""

    document: DocumentRecord
    sections: tuple[Section, ...]
    ranking: Ranking
    seconds: float


def summarise_sections(
    library: Library, owner: str, document: DocumentRecord, length: Length, most: int
) -> Sections:
    """A summary of so many words or sentences for each of at most so many sections.

    A text without headings is cut into equal parts. A section without a sentence that may be
    quoted has none.
    """
    began = time.perf_counter()
    outline = tuple(Heading(*heading) for heading in library.outline(document.id))
    starts = library.page_starts(document.id)
    layout = Document(document.title, "", starts, outline, ())
    headings = headings_of(layout, document.characters, most)
    material = gather(library, owner, [document])
    shares = _shared_out(material.sentences, headings)
    taken = [_best(share, length) for share in shares]
    quotes = iter(quoted(library, [document], [each for some in taken for each in some]))
    sections = tuple(
        Section(
            heading.title,
            heading.level,
            layout.page_at(heading.start),
            tuple(next(quotes) for _ in some),
        )
        for heading, some in zip(headings, taken, strict=True)
    )
    ranking: Ranking = "words" if material.unread else "salience"
    return Sections(document, sections, ranking, time.perf_counter() - began)


def headings_of(layout: Document, characters: int, most: int) -> tuple[Heading, ...]:
    """At most so many headings at which a section begins: as deep a level as there is room for."""
    for level in sorted({heading.level for heading in layout.outline}, reverse=True):
        kept = tuple(heading for heading in layout.outline if heading.level <= level)
        front = kept[0].start >= _SHORT
        if len(kept) + front <= most and len(kept) > 1:
            return (Heading(1, layout.title, 0), *kept) if front else kept
    return tuple(_parts(layout, characters, most))


def _parts(layout: Document, characters: int, most: int) -> list[Heading]:
    """Equal parts of a text, named by their pages where there are some."""
    count = max(1, min(most, 12, characters // _STRETCH))
    starts = [characters * number // count for number in range(count)]
    if len(layout.page_starts) >= 2 * count:
        pages = [len(layout.page_starts) * number // count for number in range(count)]
        ends = [*pages[1:], len(layout.page_starts)]
        return [
            Heading(1, f"Pages {page + 1}–{end}", layout.page_starts[page])
            for page, end in zip(pages, ends, strict=True)
        ]
    return [
        Heading(1, f"Part {number} of {count}" if count > 1 else layout.title, start)
        for number, start in enumerate(starts, start=1)
    ]


def _shared_out(
    sentences: Sequence[Sentence], headings: Sequence[Heading]
) -> list[tuple[Sentence, ...]]:
    """The sentences under each heading; those in front of the first belong to it."""
    starts = [heading.start for heading in headings]
    shares: list[list[Sentence]] = [[] for _ in headings]
    for sentence in sentences:
        shares[max(0, bisect_right(starts, sentence.start) - 1)].append(sentence)
    return [tuple(share) for share in shares]


def _best(sentences: Sequence[Sentence], length: Length) -> list[Sentence]:
    """The best sentences of a section, places counted within it, in the order of the text."""
    if not sentences:
        return []
    words = words_of([sentence.text for sentence in sentences])
    scores = worth(sentences, words)
    return [sentences[n] for n in sorted(chosen(scores, words, sizes(sentences), [], length))]
