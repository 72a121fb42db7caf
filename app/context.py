"""Where a citation stands: its page, its section, the text around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipelines.document import Document, Heading

if TYPE_CHECKING:
    from pipelines.answer import Answer, Citation

REACH = 450
"""Characters shown before and after the sentence."""


@dataclass(frozen=True, slots=True)
class Context:
    """The text around a sentence; span is the part of it that answers.

    before + lead + span + rest + after is one piece of the document's text.
    """

    before: str
    lead: str
    span: str
    rest: str
    after: str


def placed(
    answer: Answer, page_starts: tuple[int, ...], outline: tuple[tuple[int, str, int], ...]
) -> Answer:
    """The answer with the page and section of each span itself.

    A passage may run over the border of two pages, and knows only the first of them.
    """
    headings = tuple(Heading(*heading) for heading in outline)
    layout = Document("", "", page_starts, headings, ())
    citations = tuple(
        replace(
            citation, page=layout.page_at(citation.start), section=layout.section_at(citation.start)
        )
        for citation in answer.citations
    )
    return replace(answer, citations=citations)


def around(text: str, citation: Citation) -> Context:
    """Cut a citation and its surroundings out of the text, at spaces."""
    first, last = citation.sentence_start, citation.sentence_end
    start, end = max(first, citation.start), min(last, citation.end)
    return Context(
        before=_tail(text[max(0, first - REACH) : first], whole=first <= REACH),
        lead=text[first:start],
        span=text[start:end],
        rest=text[end:last],
        after=_head(text[last : last + REACH], whole=last + REACH >= len(text)),
    )


def _tail(text: str, *, whole: bool) -> str:
    """The text without the part of a word that it may begin with."""
    return text if whole or " " not in text else "… " + text.partition(" ")[2]


def _head(text: str, *, whole: bool) -> str:
    return text if whole or " " not in text else text.rpartition(" ")[0] + " …"
