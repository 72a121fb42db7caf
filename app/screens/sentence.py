"""A cited sentence in its surroundings."""

from __future__ import annotations

import streamlit as st

from app.context import around
from app.screens.markup import clean, escaped
from app.screens.visit import Visit
from pipelines.answer import Citation
from storage.errors import NotFound
from storage.records import DocumentRecord
from storage.talk import Quote

_CHANGED = "The document has changed since this answer: the sentence may stand elsewhere now."


def draw_sentence(who: Visit, quote: Quote) -> None:
    """The sentence in its surroundings, which can be read, heard and searched."""
    try:
        document = who.service.library.find(who.owner, quote.document_id)
    except NotFound:
        st.caption("The document of this answer is not in your library (any more).")
        return
    text = who.service.library.text(document.id)
    if text[quote.sentence_start : quote.sentence_end] != quote.sentence:
        st.caption(_CHANGED)
        return
    kept = "" if document.media_type == "application/pdf" else " lines"
    context = around(text, _citation(document, quote))
    st.html(
        clean(
            f'<div class="context{kept}">{escaped(context.before)}<span class="sentence">'
            f"{escaped(context.lead)}<mark>{escaped(context.span)}</mark>{escaped(context.rest)}"
            f"</span>{escaped(context.after)}</div>"
        )
    )


def _citation(document: DocumentRecord, quote: Quote) -> Citation:
    return Citation(
        document=document,
        page=quote.page,
        section=quote.section,
        sentence=quote.sentence,
        sentence_start=quote.sentence_start,
        sentence_end=quote.sentence_end,
        start=quote.start,
        end=quote.end,
        text=quote.text,
    )
