"""Where an answer stands: the citation that a piece of evidence becomes."""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipelines.answer import Citation
from pipelines.document import Document, Heading
from pipelines.evidence import Evidence
from storage.library import Library
from storage.records import DocumentRecord

LONGEST_WORD = 60  # characters looked at on each side of a span for the rest of its word

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")


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
    documents = {each.document.id: each.document for each in citations}
    layouts = {name: _layout(library, document) for name, document in documents.items()}
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
