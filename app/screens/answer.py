"""An answer: the quote, how sure the reader is, the sentence in its place, the page."""

from __future__ import annotations

import streamlit as st

from app.context import Context
from app.screens.desk import Desk
from app.screens.markup import clean, escaped, plain, shortened
from app.screens.memory import ALL, Asked
from app.screens.telling import sentence_of
from app.wording import confidence
from pipelines.answer import Answer, Citation
from storage.records import DocumentRecord

_WIDTH = 1100
"""Pixels of a page picture: sharp on a wide screen, about 300 KB."""


def draw_answer(desk: Desk, about: str, asked: Asked) -> None:
    """One question with its answer and the places that support it.

    about: the id of the document that was asked, or memory.ALL.
    """
    st.html(clean(f'<p class="asked">{escaped(asked.question)}</p>'))
    st.html(clean(_verdict(asked.answer, "these documents" if about == ALL else "this document")))
    if asked.note:
        st.caption(plain(asked.note))
    if asked.answer.citations:
        citation = _choice(about, asked)
        if about == ALL:
            st.html(clean(f'<p class="place">{escaped(citation.document.title)}</p>'))
        _evidence(desk, citation.document, citation)


def _verdict(answer: Answer, asked: str) -> str:
    if not answer.found:
        nearest = "These passages come nearest to it." if answer.citations else ""
        return (
            f'<p class="verdict">Not found in {asked}.</p>'
            f'<p class="sure">{nearest} Try other words, or a more particular question.</p>'
        )
    sure = f"{confidence(answer.confidence)} ({answer.confidence:.0%})"
    quote = escaped(_flat(answer.text))
    return f'<blockquote class="quote">{quote}</blockquote><p class="sure">{sure}</p>'


def _choice(about: str, asked: Asked) -> Citation:
    """The citation to show; the others are one click away."""
    citations = asked.answer.citations
    if len(citations) == 1:
        return citations[0]
    picked = st.segmented_control(
        "Where it says so" if asked.answer.found else "Nearest passages",
        range(len(citations)),
        default=0,
        required=True,
        format_func=lambda index: _label(about, citations[index], index),
        key=f"place-{about}-{asked.number}",
    )
    return citations[picked or 0]


def _label(about: str, citation: Citation, index: int) -> str:
    pdf = citation.document.media_type == "application/pdf"
    place = f"Page {citation.page}" if pdf else citation.section
    place = citation.document.title if about == ALL else place
    return f"{index + 1} · {plain(shortened(place, 30))}" if place else str(index + 1)


def _evidence(desk: Desk, document: DocumentRecord, citation: Citation) -> None:
    """The sentence among its neighbours; for a PDF the page with the sentence marked beside it."""
    picture = _picture(desk, document, citation)
    if not picture:
        _sentence(desk, document, citation)
        return
    text, page = st.columns([5, 6], gap="large")
    with text:
        _sentence(desk, document, citation)
    with page, st.container(border=True, key=f"page-{citation.start}"):
        st.image(picture, caption=f"Page {citation.page} of {document.pages}", width="stretch")


def _picture(desk: Desk, document: DocumentRecord, citation: Citation) -> bytes:
    try:
        return _cached_picture(desk, document, citation)
    except Exception as error:
        st.warning(plain(sentence_of(error)))
        return b""


@st.cache_data(
    show_spinner=False,
    max_entries=40,
    hash_funcs={DocumentRecord: lambda document: document.id},
)
def _cached_picture(_desk: Desk, document: DocumentRecord, citation: Citation) -> bytes:
    return _desk.service.page_picture(document, citation, _WIDTH)


def _sentence(desk: Desk, document: DocumentRecord, citation: Citation) -> None:
    """Where the sentence stands, in words, and the sentence in its surroundings."""
    page = f"Page {citation.page}" if document.media_type == "application/pdf" else ""
    place = " · ".join(part for part in (page, citation.section) if part)
    if place:
        st.html(clean(f'<p class="place">{escaped(place)}</p>'))
    kept = "" if document.media_type == "application/pdf" else " lines"
    st.html(clean(_in_context(desk.service.context(document, citation), kept)))


def _in_context(context: Context, kept: str) -> str:
    return (
        f'<div class="context{kept}">{escaped(context.before)}'
        f'<span class="sentence">{escaped(context.lead)}<mark>{escaped(context.span)}</mark>'
        f"{escaped(context.rest)}</span>{escaped(context.after)}</div>"
    )


def _flat(text: str) -> str:
    return " ".join(text.split())
