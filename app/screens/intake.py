"""Handing in: files, a folder or pasted text; and how far each of them has been read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app import wording
from app.marks import Marks
from app.screens import memory
from app.screens.markup import plain, shortened
from app.screens.places import go
from app.screens.telling import told, told_later
from app.screens.visit import Visit
from app.watching import SILENT_AFTER
from pipelines.extract.sniff import READABLE
from storage.records import DocumentRecord
from storage.work import JobRecord

_TITLE = 60
_EVERY = 1.5  # seconds between two looks at the library while something is being read
_IDLE = 6.0  # and while nothing is: others may hand something in
_QUICK = "looks-quickly"
_UNDER_WAY = ("waiting", "running")
_SHOWN = 12
_WAYS = ("Files", "A folder", "Paste text")
_LETTERS = 6  # of a word, its space included

_NOBODY_READS = (
    "The reader is not running, so nothing new is read at the moment. It is being started again; "
    "if this stays, end readonce and start it anew. Documents that have been read can be asked."
)


def draw_intake(who: Visit) -> None:
    """The box for new documents, and those on their way."""
    with st.container(border=True, key="intake"):
        way = st.segmented_control(
            "Add documents", _WAYS, default=_WAYS[0], required=True, key="way"
        )
        if way == "Paste text":
            _paste(who)
        else:
            _files(who, folder=way == "A folder")
    if _QUICK not in st.session_state:
        uploads = who.service.library.queue.at_hand(who.owner)
        st.session_state[_QUICK] = any(each.status in _UNDER_WAY for each in uploads)
    quick = bool(st.session_state[_QUICK])
    st.fragment(_watched, run_every=_EVERY if quick else _IDLE)(who)


def _files(who: Visit, *, folder: bool) -> None:
    turn = st.session_state.get("turn", 0)
    files = st.file_uploader(
        "Drop a folder here" if folder else "Drop files here",
        accept_multiple_files="directory" if folder else True,
        key=f"files-{turn}-{folder}",
        help=f"{READABLE}. They stay on this computer.",
    )
    keep_both = st.checkbox(
        "Keep earlier versions",
        help="Otherwise a changed file replaces the document of its name when it has been read.",
    )
    if files:
        names = Counter(file.name for file in files)
        _hand_in(
            who,
            ((each.name, each.getvalue(), keep_both or names[each.name] > 1) for each in files),
        )
        st.session_state["turn"] = turn + 1  # a new, empty uploader
        _let_go(files)
        st.rerun()


def _let_go(files: Sequence[UploadedFile]) -> None:
    """Free the memory of files that are stored: streamlit keeps them as long as the visit lasts."""
    run = get_script_run_ctx()
    if run is not None and isinstance(run.uploaded_file_mgr, MemoryUploadedFileManager):
        for each in files:
            run.uploaded_file_mgr.remove_file(run.session_id, each.file_id)
            each.close()


def _paste(who: Visit) -> None:
    with st.form("paste", border=False, clear_on_submit=True):
        st.text_input("Title", placeholder="A name to find it by", key="pasted-title")
        st.text_area("Text", height=220, placeholder="Paste a text here …", key="pasted-text")
        st.form_submit_button("Read it", type="primary", on_click=_pasted, args=(who,))


def _pasted(who: Visit) -> None:
    with told_later():
        text = str(st.session_state["pasted-text"]).strip()
        if not text:
            memory.complain("There is no text yet: paste some, then press Read it.")
            return
        title = " ".join(str(st.session_state["pasted-title"]).split())
        title = re.sub(r'[/\\:*?"<>|]', " ", title).strip()[:80]
        name = title or f"Pasted {datetime.now():%Y-%m-%d %H.%M}"
        _hand_in(who, [(f"{name}.txt", f"{text}\n".encode(errors="replace"), True)])


def _hand_in(who: Visit, files: Iterable[tuple[str, bytes, bool]]) -> None:
    """Keep files until they have been read, one after another."""
    library = who.service.library
    uploads = [
        library.queue.enqueue(who.owner, name, content, keep_both=keep_both)
        for name, content, keep_both in files
    ]
    memory.follow([upload.id for upload in uploads])


def _watched(who: Visit) -> None:
    """The part that looks at the library again and again."""
    with told():
        _look(who)


def _look(who: Visit) -> None:
    service = who.service
    uploads = service.library.queue.at_hand(who.owner)
    under_way = [upload for upload in uploads if upload.status in _UNDER_WAY]
    marks = Marks(service.settings.home)
    hidden = marks.dismissed()
    if not service.library.queue.workers_alive(SILENT_AFTER) and _is_missed(under_way):
        st.warning(f"{_NOBODY_READS} {plain(who.desk.complaint)}", icon=":material/error:")
    if memory.complaint():
        st.error(plain(memory.complaint()), icon=":material/error:")
    for upload in uploads:
        if upload.status == "failed" and upload.id not in hidden:
            _failure(marks, upload)
    waiting = [upload for upload in under_way if upload.status == "waiting"]
    shown = [upload for upload in reversed(under_way) if upload not in waiting[_SHOWN:]]
    for upload in shown[:_SHOWN]:
        _progress(who, upload)
    if len(under_way) > _SHOWN:
        st.caption(f"and {len(under_way) - _SHOWN:,} more that wait")
    for upload in uploads:
        if upload.status == "stopped" and upload.id not in hidden:
            _stopped(who, upload)
    _turn_to_new(who, uploads)
    if bool(under_way) != st.session_state[_QUICK]:
        st.session_state[_QUICK] = bool(under_way)
        st.rerun()


def _is_missed(under_way: list[JobRecord]) -> bool:
    """Whether the want of a worker is worth a word: not in the seconds in which one starts."""
    looks = st.session_state.get("looks", 0) + 1
    st.session_state["looks"] = looks
    return looks * _EVERY > SILENT_AFTER or (bool(under_way) and looks > 6)


def _failure(marks: Marks, upload: JobRecord) -> None:
    st.error(plain(upload.message), icon=":material/error:")
    st.button("Dismiss", key=f"dismiss-{upload.id}", on_click=_dismiss, args=(marks, upload.id))


def _dismiss(marks: Marks, upload_id: str) -> None:
    with told_later():
        marks.dismiss(upload_id)


def _progress(who: Visit, upload: JobRecord) -> None:
    """One file on its way: how far it is, and the button that stops it."""
    name = plain(shortened(upload.file_name, _TITLE))
    document = _became(who, upload)
    with st.container(horizontal=True, vertical_alignment="center", key=f"way-{upload.id}"):
        if upload.status == "waiting":
            st.progress(0.0, text=f"{name}: waiting for its turn")
        elif document is None:
            st.progress(0.0, text=f"{name}: opening")
        else:
            st.progress(document.read, text=f"{name}: {pace(document)}")
        st.button("Stop", key=f"stop-{upload.id}", on_click=_stop, args=(who, upload.id))


def _stop(who: Visit, upload_id: str) -> None:
    with told_later():
        who.service.library.queue.stop(who.owner, upload_id)


def _stopped(who: Visit, upload: JobRecord) -> None:
    """A file whose reading was stopped: it goes on, or is given up."""
    name = plain(shortened(upload.file_name, _TITLE))
    with st.container(horizontal=True, vertical_alignment="center", key=f"still-{upload.id}"):
        st.markdown(f":material/pause: {name}: stopped, and what was read is kept")
        st.button("Read on", key=f"on-{upload.id}", on_click=_read_on, args=(who, upload.id))
        st.button("Give up", key=f"off-{upload.id}", on_click=_give_up, args=(who, upload))


def _read_on(who: Visit, upload_id: str) -> None:
    with told_later():
        who.service.library.queue.resume(who.owner, upload_id)


def _give_up(who: Visit, upload: JobRecord) -> None:
    """Forget an upload, and put the unfinished document away that it had become."""
    with told_later():
        Marks(who.service.settings.home).dismiss(upload.id)
        document = _became(who, upload)
        if document is not None and not document.finished:
            who.service.library.shelf.put_away(who.owner, document.id)


def _turn_to_new(who: Visit, uploads: tuple[JobRecord, ...]) -> None:
    """Draw the page again when a file has come to an end; turn to it where it is the only one."""
    awaited = [upload for upload in uploads if upload.id in memory.followed()]
    over = [upload for upload in awaited if upload.status not in _UNDER_WAY]
    ended = frozenset(upload.id for upload in uploads if upload.status == "done")
    before = st.session_state.get("ended", ended)
    st.session_state["ended"] = ended
    if awaited and len(over) == len(awaited):
        memory.follow(())
        if len(over) == 1 and over[0].document_id is not None:
            go("document", {"doc": over[0].document_id})
    if ended != before:
        st.rerun()


def _became(who: Visit, upload: JobRecord) -> DocumentRecord | None:
    """The document that an upload is becoming: the one made from the same bytes."""
    if upload.content_hash is None:
        return None
    return who.service.library.by_content(who.owner, upload.content_hash)


def pace(document: DocumentRecord) -> str:
    """How far a document is read, how fast, and how long the rest will take, in words."""
    read = document.tokens_read - document.reused_tokens
    if read <= 0 or not document.read_seconds:
        return "just begun"
    left = (document.tokens - document.tokens_read) * document.read_seconds / read
    letters = read * document.characters / document.tokens
    words = f"{letters / _LETTERS / document.read_seconds:,.0f} words a second"
    page = max(1, round(document.read * document.pages))
    pages = [f"page {page:,} of {document.pages:,}"] if document.pages > 1 else []
    rest = f"about {wording.duration(left)} left" if left >= 1 else "nearly done"
    return ", ".join([*pages, words, rest])
