"""What can be done with one document of the list: rename, tag, share, save, read again, delete."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from app.archive.writing import write_archive
from app.screens.desk import KEPT_AWAY
from app.screens.markup import plain
from app.screens.telling import told_later
from app.screens.visit import Visit
from app.users import Users
from app.wording import counted
from storage.errors import NotFound
from storage.records import EVERYBODY, DocumentRecord

LONGEST_TITLE = 300
LONGEST_TAG = 60


def draw_managing(who: Visit, document: DocumentRecord) -> None:
    """The part of a document's entry that opens with the three dots."""
    if document.owner != who.owner:
        st.caption(f"This document belongs to {plain(document.owner)}, who shares it with you.")
        _save(who, document)
        return
    name = document.id
    with st.form(f"names-{name}", border=False):
        st.text_input("Title", document.title, max_chars=LONGEST_TITLE, key=f"title-{name}")
        st.text_input(
            "Tags",
            ", ".join(document.tags),
            placeholder="law, 2026, to read",
            help="Separated by commas.",
            key=f"tags-{name}",
        )
        st.form_submit_button("Keep these", on_click=_named, args=(who, document))
    if who.is_signed_in:
        _sharing(who, document)
    st.caption(_goes_along(who, document))
    with st.container(horizontal=True, key=f"deeds-{name}"):
        _save(who, document)
        st.button(
            "Read again",
            icon=":material/refresh:",
            help="Forget what was kept of reading it and read it anew.",
            key=f"again-{name}",
            on_click=_again,
            args=(who, document),
        )
        st.button(
            "Delete",
            icon=":material/delete:",
            key=f"delete-{name}",
            on_click=_delete,
            args=(who, document),
        )


def _goes_along(who: Visit, document: DocumentRecord) -> str:
    """What is deleted with a document: said beside the button, before it is pressed."""
    count = len(who.service.library.conversations.of_document(who.owner, document.id))
    yours = f" ({counted(count, 'conversation')} of yours)" if count else ""
    return (
        "Delete removes the document, what was kept of reading it, and every conversation that is "
        f"about it or quotes it{yours}. For {KEPT_AWAY.seconds} seconds it can be taken back."
    )


def _named(who: Visit, document: DocumentRecord) -> None:
    with told_later():
        title = str(st.session_state[f"title-{document.id}"]).strip()
        tags = str(st.session_state[f"tags-{document.id}"]).split(",")
        shelf = who.service.library.shelf
        if title and title != document.title:
            shelf.rename(who.owner, document.id, title)
        shelf.tag(who.owner, document.id, [tag.strip()[:LONGEST_TAG] for tag in tags])
        st.session_state["managed"] = ""


def _sharing(who: Visit, document: DocumentRecord) -> None:
    """Who may read it: everybody, or some by name."""
    name = document.id
    with st.form(f"sharing-{name}", border=False):
        st.toggle(
            "Everybody here may read it", EVERYBODY in document.readers, key=f"everybody-{name}"
        )
        readers = [reader for reader in document.readers if reader != EVERYBODY]
        others = [each for each in Users(who.service.settings.home).all() if each != who.owner]
        st.multiselect(
            "People who may read it",
            sorted({*others, *readers}),
            readers,
            format_func=plain,
            accept_new_options=True,
            placeholder="Choose or type a name",
            key=f"readers-{name}",
        )
        st.form_submit_button("Share", on_click=_shared, args=(who, document))


def _shared(who: Visit, document: DocumentRecord) -> None:
    with told_later():
        given = [
            str(each).strip().casefold() for each in st.session_state[f"readers-{document.id}"]
        ]
        readers = [each for each in given if each not in ("", EVERYBODY)]
        if st.session_state[f"everybody-{document.id}"]:
            readers.append(EVERYBODY)
        who.service.library.shelf.share(who.owner, document.id, readers)


def _save(who: Visit, document: DocumentRecord) -> None:
    """The document with all that was read of it, as a file for another library."""
    st.download_button(
        "Save a copy",
        lambda: _archive(who, document),
        file_name=f"{document.id}.readonce",
        mime="application/zip",
        icon=":material/download:",
        help="The document with what was read of it, for another library of readonce.",
        key=f"save-{document.id}",
        on_click="ignore",
    )


def _archive(who: Visit, document: DocumentRecord) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document.readonce"
        write_archive(who.service, [document], path, with_original=True)
        return path.read_bytes()


def _again(who: Visit, document: DocumentRecord) -> None:
    with told_later():
        hand_in_again(who, document)
        st.session_state["managed"] = ""


def hand_in_again(who: Visit, document: DocumentRecord) -> None:
    """Let the worker read a document again from the bytes that the library holds."""
    library = who.service.library
    original = library.original(document.id)
    if not original:
        raise NotFound("This document was brought here without its file: hand that in to read it.")
    library.readings.forget(document.id)
    library.queue.enqueue(document.owner, document.file_name, original)


def _delete(who: Visit, document: DocumentRecord) -> None:
    with told_later():
        who.service.library.shelf.put_away(who.owner, document.id)
        st.session_state["managed"] = ""
