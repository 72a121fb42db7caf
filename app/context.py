"""The text around a citation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.answer import Citation

REACH = 320
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
