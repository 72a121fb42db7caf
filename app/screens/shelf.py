"""The left side: handing in files, and the documents with their state."""

from __future__ import annotations

import streamlit as st

from app import wording
from app.adding import content_hash
from app.marks import Marks
from app.screens import memory
from app.screens.desk import Desk
from app.screens.markup import plain, shortened
from app.screens.telling import told, told_later
from app.worker import SILENT_AFTER
from storage.records import DocumentRecord, UploadRecord

_TITLE = 60
_FEW = 8
_MOST = 30
_EVERY = 1.5  # seconds between two looks at the library

_NOBODY_READS = (
    "The reader is not running, so nothing new is read at the moment. It is being started again; "
    "if this stays, end readonce and start it anew. Documents that have been read can be asked."
)


def draw_shelf(desk: Desk) -> None:
    """Draw the left side; must be called inside the sidebar."""
    _uploader(desk)
    _watched(desk)


def _uploader(desk: Desk) -> None:
    turn = st.session_state.get("turn", 0)
    files = st.file_uploader(
        "Add documents",
        accept_multiple_files=True,
        key=f"files-{turn}",
        help="PDF, Markdown and plain text. They stay on this computer.",
    )
    if not files:
        return
    library, owner = desk.service.library, desk.service.settings.owner
    contents = [(file.name, file.getvalue()) for file in files]
    memory.follow(
        {library.enqueue(owner, name, data).id: content_hash(data) for name, data in contents}
    )
    st.session_state["turn"] = turn + 1  # a new, empty uploader, which frees the files' memory
    st.rerun()


@st.fragment(run_every=_EVERY)
def _watched(desk: Desk) -> None:
    """The part that looks at the library again and again."""
    with told():
        _look(desk)


def _look(desk: Desk) -> None:
    service = desk.service
    documents, uploads = service.list(), service.library.uploads(service.settings.owner)
    under_way = [upload for upload in uploads if upload.status in ("waiting", "reading")]
    if not service.library.workers_alive(SILENT_AFTER) and _is_missed(under_way):
        st.warning(_NOBODY_READS, icon=":material/error:")
    if memory.complaint():
        st.error(plain(memory.complaint()), icon=":material/error:")
    _failures(Marks(service.settings.home), uploads)
    _queue(under_way, documents)
    if len(documents) > 1:
        _entry_for_all()
    for document in _wanted(documents):
        _entry(document)
    _turn_to_new(documents, uploads)


def _is_missed(under_way: list[UploadRecord]) -> bool:
    """Whether the want of a worker is worth a word: not in the seconds in which one starts."""
    looks = st.session_state.get("looks", 0) + 1
    st.session_state["looks"] = looks
    return looks * _EVERY > SILENT_AFTER or (bool(under_way) and looks > 6)


def _failures(marks: Marks, uploads: tuple[UploadRecord, ...]) -> None:
    dismissed = marks.dismissed()
    for upload in uploads:
        if upload.status == "failed" and upload.id not in dismissed:
            st.error(plain(upload.message), icon=":material/error:")
            st.button(
                "Dismiss", key=f"dismiss-{upload.id}", on_click=_dismiss, args=(marks, upload.id)
            )


def _dismiss(marks: Marks, upload_id: str) -> None:
    with told_later():
        marks.dismiss(upload_id)


def _queue(under_way: list[UploadRecord], documents: tuple[DocumentRecord, ...]) -> None:
    """Files that are not documents yet; those that are show their progress in their entry."""
    for upload in reversed(under_way):
        if upload.status == "waiting":
            st.caption(f":material/schedule: {plain(shortened(upload.file_name, _TITLE))}: waiting")
        elif not _became(upload, documents):
            st.caption(
                f":material/hourglass_top: {plain(shortened(upload.file_name, _TITLE))}: opening"
            )


def _wanted(documents: tuple[DocumentRecord, ...]) -> list[DocumentRecord]:
    """The documents to list: all of a few, those with certain words in the title of many."""
    if len(documents) <= _FEW:
        return list(documents)
    words = st.text_input("Find a document", icon=":material/search:").casefold().split()
    found = [d for d in documents if all(word in d.title.casefold() for word in words)]
    if len(found) > _MOST:
        st.caption(f"The newest {_MOST} of {len(found):,}. Type words of a title to find others.")
    elif not found:
        st.caption("No title has these words.")
    return found[:_MOST]


def _entry_for_all() -> None:
    """The button that asks all documents at once."""
    pressed = st.button(
        "Ask all documents",
        key="open-all",
        type="primary" if memory.chosen() == memory.ALL else "secondary",
        icon=":material/library_books:",
        width="stretch",
        on_click=memory.choose,
        args=(memory.ALL,),
    )
    if pressed:
        st.rerun()  # of the whole page, not only of this part


def _entry(document: DocumentRecord) -> None:
    """One document: a button that opens it, and how far it has been read."""
    is_chosen = document.id == memory.chosen()
    pressed = st.button(
        plain(shortened(document.title, _TITLE)),
        key=f"open-{document.id}",
        type="primary" if is_chosen else "secondary",
        icon=":material/description:" if document.finished else ":material/hourglass_top:",
        width="stretch",
        on_click=memory.choose,
        args=(document.id,),
    )
    if not document.finished:
        st.progress(document.read, text=f"Reading, {document.read:.0%}")
    if pressed:
        st.rerun()  # of the whole page, not only of this part


def _turn_to_new(documents: tuple[DocumentRecord, ...], uploads: tuple[UploadRecord, ...]) -> None:
    """Draw the whole page again where an upload has become a document, or one has been read."""
    awaited = [upload for upload in uploads if upload.id in memory.followed()]
    target = next((found for upload in awaited if (found := _became(upload, documents))), "")
    finished = frozenset(document.id for document in documents if document.finished)
    before = st.session_state.get("finished", finished)
    st.session_state["finished"] = finished
    if target and target != memory.chosen():
        st.query_params["doc"] = target
        st.rerun()
    if finished != before or (documents and not memory.chosen()):
        st.rerun()


def _became(upload: UploadRecord, documents: tuple[DocumentRecord, ...]) -> str:
    """The id of the document that an upload has become or is becoming, "" before."""
    if upload.document_id is not None:
        return upload.document_id
    if upload.status != "reading":
        return ""
    known = memory.followed().get(upload.id)
    return next((document.id for document in documents if _fits(upload, document, known)), "")


def _fits(upload: UploadRecord, document: DocumentRecord, known: str | None) -> bool:
    """Whether an upload is becoming this document; one of another visit goes by its name."""
    if known is not None:
        return document.content_hash == known
    return document.file_name == upload.file_name and not document.finished


def pace(document: DocumentRecord) -> str:
    """How fast a document is read and how long that will take, in words."""
    if not document.tokens_read or not document.read_seconds:
        return "just begun"
    left = (document.tokens - document.tokens_read) * document.read_seconds / document.tokens_read
    words = [f"about {wording.duration(left)} left" if left >= 1 else "nearly done"]
    if document.pages > 1:
        pages = document.read * document.pages
        words.insert(0, f"page {max(1, round(pages))} of {document.pages}")
        words.insert(1, f"{pages / document.read_seconds:.1f} pages a second")
    return ", ".join(words)
