"""The left side: handing in files, and the documents with their state."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from app import wording
from app.marks import Marks
from app.screens import memory
from app.screens.desk import Desk
from app.screens.markup import plain, shortened
from app.screens.telling import told, told_later
from app.watching import SILENT_AFTER
from pipelines.extract.sniff import READABLE
from storage.records import DocumentRecord, JobRecord

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
        help=f"{READABLE}. They stay on this computer.",
    )
    keep_both = st.checkbox(
        "Keep earlier versions",
        help="Otherwise a changed file replaces the document of its name when it has been read.",
    )
    if not files:
        return
    library, owner = desk.service.library, desk.service.settings.owner
    names = Counter(file.name for file in files)
    uploads = [
        library.queue.enqueue(
            owner, file.name, file.getvalue(), keep_both=keep_both or names[file.name] > 1
        )
        for file in files
    ]
    memory.follow([upload.id for upload in uploads])
    st.session_state["turn"] = turn + 1  # a new, empty uploader, which frees the files' memory
    st.rerun()


@st.fragment(run_every=_EVERY)
def _watched(desk: Desk) -> None:
    """The part that looks at the library again and again."""
    with told():
        _look(desk)


def _look(desk: Desk) -> None:
    service = desk.service
    documents, uploads = service.list(), service.library.queue.jobs(service.settings.owner)
    unread = service.library.unread_versions(service.settings.owner)
    under_way = [upload for upload in uploads if upload.status in ("waiting", "running")]
    if not service.library.queue.workers_alive(SILENT_AFTER) and _is_missed(under_way):
        reason = desk.crew.complaint
        st.warning(f"{_NOBODY_READS} {plain(reason)}", icon=":material/error:")
    if memory.complaint():
        st.error(plain(memory.complaint()), icon=":material/error:")
    _failures(Marks(service.settings.home), uploads)
    _queue(under_way, documents, unread)
    _stopped(desk, uploads)
    if len(documents) > 1:
        _entry_for_all()
    for document in _wanted(documents):
        _entry(document)
    _turn_to_new(documents, uploads)


def _is_missed(under_way: list[JobRecord]) -> bool:
    """Whether the want of a worker is worth a word: not in the seconds in which one starts."""
    looks = st.session_state.get("looks", 0) + 1
    st.session_state["looks"] = looks
    return looks * _EVERY > SILENT_AFTER or (bool(under_way) and looks > 6)


def _failures(marks: Marks, uploads: tuple[JobRecord, ...]) -> None:
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


def _queue(
    under_way: list[JobRecord],
    documents: tuple[DocumentRecord, ...],
    unread: tuple[DocumentRecord, ...],
) -> None:
    """Files that are not documents yet; those that are show their progress in their entry."""
    for upload in reversed(under_way):
        name = plain(shortened(upload.file_name, _TITLE))
        version = next((each for each in unread if _fits(upload, each)), None)
        if upload.status == "waiting":
            st.caption(f":material/schedule: {name}: waiting")
        elif version is not None:
            st.caption(f":material/hourglass_top: {name}: new version, {version.read:.0%} read")
        elif not _became(upload, documents):
            st.caption(f":material/hourglass_top: {name}: opening")


def _stopped(desk: Desk, uploads: tuple[JobRecord, ...]) -> None:
    """The files whose reading the user has stopped, each with a button that goes on."""
    for upload in uploads:
        if upload.status == "stopped":
            name = plain(shortened(upload.file_name, _TITLE))
            st.caption(f":material/pause: {name}: stopped, and what was read is kept")
            st.button("Read on", key=f"on-{upload.id}", on_click=_read_on, args=(desk, upload.id))


def _read_on(desk: Desk, upload_id: str) -> None:
    with told_later():
        desk.service.library.queue.resume(desk.service.settings.owner, upload_id)


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


def _turn_to_new(documents: tuple[DocumentRecord, ...], uploads: tuple[JobRecord, ...]) -> None:
    """Draw the whole page again where an upload has become a document, or one has been read."""
    awaited = [upload for upload in uploads if upload.id in memory.followed()]
    target = next((found for upload in awaited if (found := _became(upload, documents))), "")
    finished = frozenset((each.id, each.version) for each in documents if each.finished)
    before = st.session_state.get("finished", finished)
    st.session_state["finished"] = finished
    if target and target != memory.chosen():
        st.query_params["doc"] = target
        st.rerun()
    if finished != before or (documents and not memory.chosen()):
        st.rerun()


def _became(upload: JobRecord, documents: tuple[DocumentRecord, ...]) -> str:
    """The id of the document that an upload has become or is becoming, "" before."""
    if upload.document_id is not None:
        return upload.document_id
    if upload.status != "running":
        return ""
    return next((document.id for document in documents if _fits(upload, document)), "")


def _fits(upload: JobRecord, document: DocumentRecord) -> bool:
    """Whether this is the document of an upload: the one made from the same bytes."""
    return document.content_hash == upload.content_hash


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
