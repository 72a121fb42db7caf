"""The chosen document: its title, what is known of it, and deleting it."""

from __future__ import annotations

import streamlit as st

from app.screens import memory
from app.screens.desk import Desk
from app.screens.markup import clean, escaped, plain, shortened
from app.screens.shelf import pace
from app.screens.telling import sentence_of, told, told_later
from app.wording import counted, duration, size, without_text
from storage.errors import NotFound
from storage.records import DocumentRecord, JobRecord

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
        ("Version", str(document.version)) if document.version > 1 else None,
        ("Pages", f"{document.pages:,}") if _has_pages(document) else None,
        ("Sections", f"{document.sections:,}") if document.sections > 1 else None,
        ("Text", size(document.characters)),
        ("Read in", duration(document.read_seconds)) if document.finished else None,
        ("Read before", _reused(document)) if document.reused_tokens else None,
        ("Memory of it", size(document.stored_bytes)) if document.finished else None,
    ]
    cells = (f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in filter(None, facts))
    return f'<dl class="facts">{"".join(cells)}</dl>'


def _reused(document: DocumentRecord) -> str:
    """The part that did not have to be read again for this version."""
    return f"{document.reused_tokens / document.tokens:.0%}"


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
    uploads = _uploads(desk, document)
    if any(upload.status == "stopped" for upload in uploads):
        st.progress(document.read, text=f"Stopped: {document.read:.0%} has been read and is kept")
        return  # the left side has the button that goes on
    st.progress(document.read, text=f"Reading: {document.read:.0%}")
    st.caption(plain(pace(document)[:1].upper() + pace(document)[1:]))
    st.caption("You can leave this page; reading goes on as long as readonce runs.")
    under_way = [upload.id for upload in uploads if upload.status in ("waiting", "running")]
    if under_way:
        st.button("Stop reading", key="stop", on_click=_stop, args=(desk, under_way))


def _uploads(desk: Desk, document: DocumentRecord) -> list[JobRecord]:
    """The uploads of the same bytes."""
    every = desk.service.library.queue.jobs(desk.service.settings.owner)
    return [upload for upload in every if upload.content_hash == document.content_hash]


def _stop(desk: Desk, upload_ids: list[str]) -> None:
    with told_later():
        for upload_id in upload_ids:
            desk.service.library.queue.stop(desk.service.settings.owner, upload_id)


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
