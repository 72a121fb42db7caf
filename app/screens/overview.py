"""What a document says as a whole: its summary, its outline, its key figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.screens.markup import clean, escaped, plain, shortened
from app.screens.memory import DOCUMENT, LEAF, MARK, VIEW
from app.screens.places import link
from app.screens.views import chosen
from app.screens.visit import Visit
from pipelines.summarise.figures import Figures
from pipelines.summarise.length import Length
from pipelines.summarise.sections import Section, Sections
from pipelines.summarise.summary import Quote, Summary
from storage.records import DocumentRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIGURES = 24
_KINDS = {
    "money": "Money",
    "percentage": "Shares",
    "date": "Dates",
    "quantity": "Numbers",
    "name": "Names",
}
_SECTION = Length(sentences=2)
_BY_WORDS = "This document was read before sentences were weighed: only its words are compared."


def draw_summary(who: Visit, document: DocumentRecord) -> None:
    """The sentences that say most, as many as the visitor wants."""
    most = st.slider("How many sentences", 1, 30, 6, key=f"length-{document.id}")
    about = st.text_input(
        "Only what it says about … (may stay empty)",
        key=f"about-{document.id}",
        placeholder="costs, the north wing, next year",
    )
    summary = _summary(who, document, most, about.strip())
    if not summary.sentences:
        st.info("There is no sentence to quote: the document has no running text.")
        return
    if summary.ranking == "words":
        st.caption(_BY_WORDS)
    _quotes(document, summary.sentences)
    st.download_button(
        "Save the summary",
        "\n\n".join(f"{quote.line} (page {quote.page})" for quote in summary.sentences).encode(),
        file_name=f"summary-{document.id}.txt",
        icon=":material/download:",
        on_click="ignore",
        key="save-summary",
    )
    if document.sections > 1 and not about.strip() and st.toggle("Section by section", key="parts"):
        for section in _sections(who, document).sections:
            if section.sentences:
                st.html(clean(f'<h3 class="section">{escaped(section.title)}</h3>'))
                _quotes(document, section.sentences)


def _quotes(document: DocumentRecord, quotes: Sequence[Quote]) -> None:
    """Each sentence with a link to its page."""
    for quote in quotes:
        st.html(clean(f'<p class="said">{escaped(quote.line)}</p>'))
        _to_page(document, quote, "summary")


def _to_page(document: DocumentRecord, quote: Quote, view: str) -> None:
    """A link to a sentence, marked where it stands."""
    paged = document.media_type == "application/pdf"
    query = {DOCUMENT: document.id, VIEW: view, MARK: f"{quote.start}-{quote.end}"}
    label = f"Page {quote.page}" if paged else "In the text"
    link("document", label, ":material/format_quote:", query)


def draw_outline(who: Visit, document: DocumentRecord) -> None:
    """The headings, each with its page and the sentence that says most below it."""
    sections = _outline(who, document).sections
    if not sections:
        st.info("This document has no headings.")
    for section in sections:
        _line(document, section)


def _line(document: DocumentRecord, section: Section) -> None:
    level = min(section.level, 4)
    with st.container(key=f"line-{level}-{abs(hash((section.title, section.page, level)))}"):
        title = plain(shortened(section.title, 90))
        if document.media_type == "application/pdf":
            query = {DOCUMENT: document.id, LEAF: str(section.page), VIEW: "outline"}
            link("document", f"**{title}** · page {section.page}", "", query)
        else:
            st.markdown(f"**{title}**")
        for quote in section.sentences:
            st.html(clean(f'<p class="sure">{escaped(shortened(quote.line, 220))}</p>'))


def draw_figures(who: Visit, document: DocumentRecord) -> None:
    """The most important numbers, dates and names, each with its sentence."""
    figures = _figures(who, document).figures
    if not figures:
        st.info("No number, date or name stands out in this document.")
    for kind, title in _KINDS.items():
        some = [figure for figure in figures if figure.kind == kind]
        if some:
            st.html(clean(f'<h3 class="section">{title}</h3>'))
        for figure in some:
            words = f"<strong>{escaped(figure.text)}</strong>"
            line = escaped(shortened(figure.sentence.line, 260))
            st.html(clean(f'<p class="said">{words}<br>{line}</p>'))
            _to_page(document, figure.sentence, "figures")


def views(document: DocumentRecord) -> dict[str, str]:
    """What can be looked at, by its word in the address."""
    found = {"": "Ask", "summary": "Summary", "outline": "Outline", "figures": "Key figures"}
    if document.sections < 2:
        del found["outline"]
    return {**found, "talks": "Conversations"}


def chosen_view(document: DocumentRecord) -> str:
    """What the address says is looked at."""
    return chosen(views(document))


def _marks(document: DocumentRecord) -> tuple[str, str, str]:
    """What tells one state of a document from another."""
    return document.id, document.content_hash, document.weights_fingerprint or ""


def _summary(who: Visit, document: DocumentRecord, most: int, about: str) -> Summary:
    return _kept_summary(who, document, _marks(document), most, about)


@st.cache_data(show_spinner="Choosing sentences …", max_entries=100)
def _kept_summary(
    _who: Visit, _document: DocumentRecord, marks: tuple[str, str, str], most: int, about: str
) -> Summary:
    return _who.service.summaries.of([_document], Length(sentences=most), about)


def _sections(who: Visit, document: DocumentRecord) -> Sections:
    return _kept_sections(who, document, _marks(document))


@st.cache_data(show_spinner="Going through the sections …", max_entries=50)
def _kept_sections(_who: Visit, _document: DocumentRecord, marks: tuple[str, str, str]) -> Sections:
    return _who.service.summaries.of_sections(_document, _SECTION)


def _outline(who: Visit, document: DocumentRecord) -> Sections:
    return _kept_outline(who, document, _marks(document))


@st.cache_data(show_spinner="Going through the headings …", max_entries=50)
def _kept_outline(_who: Visit, _document: DocumentRecord, marks: tuple[str, str, str]) -> Sections:
    return _who.service.summaries.outline(_document)


def _figures(who: Visit, document: DocumentRecord) -> Figures:
    return _kept_figures(who, document, _marks(document))


@st.cache_data(show_spinner="Looking for figures …", max_entries=50)
def _kept_figures(_who: Visit, _document: DocumentRecord, marks: tuple[str, str, str]) -> Figures:
    return _who.service.summaries.key_figures([_document], _FIGURES)
