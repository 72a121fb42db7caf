"""Summaries of one owner's documents; no model is loaded for any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import EmptyQuestion
from storage.library import Library
from storage.records import DocumentRecord

if TYPE_CHECKING:  # what they need takes long to import, and a list of documents needs none of it
    from pipelines.summarise.figures import Figures
    from pipelines.summarise.length import Length
    from pipelines.summarise.sections import Sections
    from pipelines.summarise.summary import Summary


@dataclass(frozen=True, slots=True)
class Summaries:
    """What documents say in short; `Service.summaries` gives it."""

    library: Library
    owner: str

    def of(self, documents: Sequence[DocumentRecord], length: Length, about: str = "") -> Summary:
        """The sentences that say most of documents, or most of what a question is about.

        Raises EmptyQuestion where `about` is white space.
        """
        from pipelines.summarise.about import summarise_about
        from pipelines.summarise.summary import summarise

        if not about:
            return summarise(self.library, self.owner, documents, length)
        if not about.strip():
            raise EmptyQuestion("The question is empty: type what the summary is to be about.")
        return summarise_about(self.library, self.owner, documents, about, length)

    def of_sections(self, document: DocumentRecord, length: Length) -> Sections:
        """A summary of this length for each section of a document."""
        from pipelines.summarise.sections import MOST_SECTIONS, summarise_sections

        return summarise_sections(self.library, self.owner, document, length, MOST_SECTIONS)

    def outline(self, document: DocumentRecord) -> Sections:
        """The headings of a document, one sentence for each."""
        from pipelines.summarise.sections import LINE, MOST_LINES, summarise_sections

        return summarise_sections(self.library, self.owner, document, LINE, MOST_LINES)

    def key_figures(self, documents: Sequence[DocumentRecord], most: int) -> Figures:
        """The most important numbers, dates and names of documents, each with its sentence."""
        from pipelines.summarise.figures import key_figures

        return key_figures(self.library, self.owner, documents, most)
