"""The document page: what was asked of it on the left, its pages on the right."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.conversing import About
from app.screens import memory
from app.screens.intake import pace
from app.screens.leaves import draw_leaf, marked_of, marked_of_address
from app.screens.markup import clean, escaped, plain
from app.screens.memory import DOCUMENT
from app.screens.overview import (
    chosen_view,
    draw_figures,
    draw_outline,
    draw_summary,
    views,
)
from app.screens.places import go, link
from app.screens.talk import Talk, talk_of
from app.screens.talking import draw_talk
from app.screens.talks import draw_doings, draw_talks
from app.screens.telling import told
from app.screens.views import draw_views
from app.screens.visit import Visit
from app.suggesting import made_of
from app.wording import counted, duration, size, without_text
from storage.errors import NotFound
from storage.records import DocumentRecord

_EVERY = 1.0


def draw_document(who: Visit) -> None:
    """Draw the page of the document in the address."""
    document = _chosen(who)
    if document is None:
        _nothing_chosen()
        return
    _head(who, document)
    if memory.complaint():
        st.error(plain(memory.complaint()), icon=":material/error:")
        memory.complain("")
    if not document.finished:
        _watched(who, document.id)
        return
    left, right = st.columns([6, 5], gap="large")
    talk = talk_of(who, About((document.id,)))
    with left:
        _left(who, document, talk)
    with right, st.container(key="beside"):
        talks = chosen_view(document) in ("", "talks")
        quoted = marked_of(document, talk.quote) if talks else marked_of_address(who, document)
        draw_leaf(who, document, quoted)


def _chosen(who: Visit) -> DocumentRecord | None:
    wanted = memory.chosen()
    if not wanted:
        return None
    try:
        return who.service.library.find(who.owner, wanted)
    except NotFound:
        memory.forget_chosen()
        st.info("The document of this address is not in your library (any more).")
        return None


def _nothing_chosen() -> None:
    st.html(clean('<h1 class="title">No document is open</h1>'))
    st.write("Open one from the library. It stays open here until you open another.")
    link("library", "Go to the library", ":material/shelves:")


def _head(who: Visit, document: DocumentRecord) -> None:
    """Title and facts."""
    st.html(clean(f'<h1 class="title">{escaped(document.title)}</h1>{_facts(who, document)}'))
    if document.pages_without_text:
        pages = counted(document.pages, "page")
        st.info(without_text(document.pages_without_text, pages), icon=":material/image:")


def _facts(who: Visit, document: DocumentRecord) -> str:
    paged = document.media_type == "application/pdf"
    facts = [
        ("Version", str(document.version)) if document.version > 1 else None,
        ("From", escaped(document.owner)) if document.owner != who.owner else None,
        ("Pages", f"{document.pages:,}") if paged else None,
        ("Sections", f"{document.sections:,}") if document.sections > 1 else None,
        ("Text", size(document.stored.text)),
        ("Read in", duration(document.read_seconds)) if document.finished else None,
        ("Read before", _reused(document)) if document.reused_tokens else None,
    ]
    cells = (f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in filter(None, facts))
    return f'<dl class="facts">{"".join(cells)}</dl>'


def _reused(document: DocumentRecord) -> str:
    """The part that did not have to be read again for this version."""
    return f"{document.reused_tokens / document.tokens:.0%}"


def _left(who: Visit, document: DocumentRecord, talk: Talk) -> None:
    """What the visitor has chosen to look at."""
    view = draw_views(views(document), f"view-{document.id}")
    if view == "summary":
        draw_summary(who, document)
    elif view == "outline":
        draw_outline(who, document)
    elif view == "figures":
        draw_figures(who, document)
    elif view == "talks":
        draw_talks(who, About((document.id,)))
    else:
        _talk(who, document, talk)


def _talk(who: Visit, document: DocumentRecord, talk: Talk) -> None:
    draw_doings(who, talk)
    draw_talk(who, talk, partial(_suggestions, who, document))
    if talk.turns:
        st.caption(f"The address of this page leads back to this answer{_for_whom(who)}.")


def _for_whom(who: Visit) -> str:
    return ", for you alone" if who.is_signed_in else ""


def _suggestions(who: Visit, document: DocumentRecord) -> Sequence[str] | None:
    made = partial(made_of, who.service, document)
    return who.desk.first_questions.of(who.service, document, made)


@st.fragment(run_every=_EVERY)
def _watched(who: Visit, document_id: str) -> None:
    """The progress of a document that is being read; ends in its questions."""
    with told():
        _reading(who, document_id)


def _reading(who: Visit, document_id: str) -> None:
    try:
        document = who.service.library.find(who.owner, document_id)
    except NotFound:
        st.rerun()
    if document.finished:
        st.rerun()
    st.progress(document.read, text=f"Reading: {document.read:.0%}, {pace(document)}")
    st.caption("You can leave this page; reading goes on as long as readonce runs.")
    link("library", "Stop it or go on with it in the library", ":material/shelves:")


def open_document(document_id: str) -> None:
    """Turn to the page of a document."""
    go("document", {DOCUMENT: document_id})
