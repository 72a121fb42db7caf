"""The chosen document: its title, what is known of it, and deleting it."""

from __future__ import annotations

import streamlit as st

from app.screens import memory
from app.screens.desk import Desk
from app.screens.markup import clean, escaped, plain, shortened
from app.screens.shelf import pace
from app.screens.telling import sentence_of, told
from app.wording import counted, duration, size, without_text
from storage.errors import NotFound
from storage.records import DocumentRecord

_EVERY = 1.0


def draw_head(desk: Desk, document: DocumentRecord) -> None:
    """Title, facts, and the button that deletes."""
    st.html(clean(f'<h1 class="title">{escaped(document.title)}</h1>'))
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.html(clean(_facts(document)), width="stretch")
        st.button(
            "Delete",
            icon=":material/delete:",
            type="tertiary",
            key="delete",
            on_click=memory.doubt,
            args=(document.id,),
        )
    if memory.doubted() == document.id:
        _confirm(desk, document)
    if document.pages_without_text:
        pages = counted(document.pages, "page")
        st.info(without_text(document.pages_without_text, pages), icon=":material/image:")


def _facts(document: DocumentRecord) -> str:
    facts = [
        ("Pages", f"{document.pages:,}") if _has_pages(document) else None,
        ("Sections", f"{document.sections:,}") if document.sections > 1 else None,
        ("Text", size(document.characters)),
        ("Read in", duration(document.read_seconds)) if document.finished else None,
        ("Memory of it", size(document.stored_bytes)) if document.finished else None,
    ]
    cells = (f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in filter(None, facts))
    return f'<dl class="facts">{"".join(cells)}</dl>'


def _has_pages(document: DocumentRecord) -> bool:
    return document.media_type == "application/pdf"


@st.fragment(run_every=_EVERY)
def draw_reading(desk: Desk, document_id: str) -> None:
    """The progress of a document that is being read; ends in its questions."""
    with told():
        _reading(desk, document_id)


def _reading(desk: Desk, document_id: str) -> None:
    try:
        document = desk.service.show(document_id)
    except NotFound:
        st.rerun()
    if document.finished:
        st.rerun()
    st.progress(document.read, text=f"Reading: {document.read:.0%}")
    st.caption(plain(pace(document)[:1].upper() + pace(document)[1:]))
    st.caption("You can leave this page; reading goes on as long as readonce runs.")


def _confirm(desk: Desk, document: DocumentRecord) -> None:
    """Ask before deleting; part of the page, since a new run would close a dialog."""
    with st.container(border=True, key="confirm"):
        st.write(
            f"Delete **{plain(shortened(document.title, 80))}**? Its text and everything that was "
            "kept of reading it will be removed from this computer's library. Your own file stays."
        )
        with st.container(horizontal=True):
            st.button(
                "Delete it",
                type="primary",
                key="delete-yes",
                on_click=_delete,
                args=(desk, document),
            )
            st.button("Keep it", key="delete-no", on_click=memory.doubt, args=("",))


def _delete(desk: Desk, document: DocumentRecord) -> None:
    try:
        desk.service.delete(document.id)
    except Exception as error:
        memory.say(sentence_of(error))
    memory.choose_none()
