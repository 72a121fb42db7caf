"""The batch page: one task for many documents, how far it is, and its results as files."""

from __future__ import annotations

from typing import Any, Literal

import streamlit as st

from app.batch.results import FORMATS
from app.batch.stored import begin, go_on, results, stop
from app.screens import memory
from app.screens.markup import clean, plain
from app.screens.places import link
from app.screens.telling import told, told_later
from app.screens.visit import Visit
from app.wording import counted, day
from storage.shelf import Wanted
from storage.work import BatchRecord, JobStatus

_EVERY = 2.0
_MOST = 10_000
_SHOWN = 10
_TASKS: dict[str, Literal["summarize", "ask"]] = {
    "Summaries": "summarize",
    "A list of questions": "ask",
}
_DONE: dict[str, str] = {"add": "Reading", "read": "Reading"}
_DONE |= {"summarize": "Summaries", "ask": "Questions"}
_FILES = {".jsonl": "JSON lines", ".csv": "Table (CSV)", ".md": "Text (Markdown)"}


def draw_batch(who: Visit) -> None:
    """Draw the page."""
    st.html(clean('<h1 class="title">Batch</h1>'))
    total = who.service.library.shelf.some(who.owner, Wanted(), 0, 0)[1]
    if not total:
        st.write("The same task for many documents at once: a summary of each, or your questions.")
        link("library", "Add documents first", ":material/shelves:")
        return
    if memory.complaint():
        st.error(plain(memory.complaint()), icon=":material/error:")
        memory.complain("")
    _task(who, total)
    _watched(who)


def _task(who: Visit, total: int) -> None:
    """Which documents, and what to do with them."""
    with st.container(border=True, key="task"):
        words, tag = st.columns([3, 2])
        with words:
            typed = st.text_input(
                "Only documents with these words in the title (may stay empty)", key="batch-words"
            )
        with tag:
            tags = who.service.library.shelf.tags(who.owner)
            chosen = (
                st.selectbox("Only with this tag", tags, None, placeholder="Any", key="batch-tag")
                if tags
                else None
            )
        wanted = Wanted(tuple(typed.split()), chosen or "", "title")
        _, count = who.service.library.shelf.some(who.owner, wanted, 0, 0)
        st.caption(f"{counted(count, 'document')} of {total:,}")
        what = st.segmented_control(
            "What to do with each", list(_TASKS), default="Summaries", required=True, key="batch-do"
        )
        task = _of_summaries() if what == "Summaries" else _of_questions()
        st.button(
            "Begin",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not count or task is None,
            key="batch-begin",
            on_click=_begin,
            args=(who, wanted, _TASKS[what or "Summaries"], task),
        )


def _of_summaries() -> dict[str, Any]:
    most = st.slider("Sentences in each summary", 1, 30, 5, key="batch-length")
    return {"sentences": most, "words": None, "about": ""}


def _of_questions() -> dict[str, Any] | None:
    typed = st.text_area(
        "Questions, one on each line",
        placeholder="Who signed it?\nWhen does it end?",
        key="batch-questions",
    )
    lines = [" ".join(line.split()) for line in typed.splitlines()]
    questions = [{"question": line} for line in lines if line]
    return {"questions": questions} if questions else None


def _begin(
    who: Visit, wanted: Wanted, kind: Literal["summarize", "ask"], task: dict[str, Any]
) -> None:
    with told_later():
        documents, _ = who.service.library.shelf.some(who.owner, wanted, 0, _MOST)
        begin(who.service, kind, documents, task)


@st.fragment(run_every=_EVERY)
def _watched(who: Visit) -> None:
    with told():
        _batches(who)


def _batches(who: Visit) -> None:
    """The batches, newest first, each with its progress and its results."""
    found = who.service.library.queue.batches(who.owner)
    if not found:
        st.caption("Begin one, and it goes on whether this page is open or not.")
    for each in found[:_SHOWN]:
        _batch(who, each)


def _batch(who: Visit, batch: BatchRecord) -> None:
    counts = who.service.library.queue.counts(batch.id)
    total = sum(counts.values())
    with st.container(border=True, key=f"batch-{batch.id}"):
        name = f"{_DONE[batch.kind]} of {counted(total, 'document')}, {day(batch.created_at)}"
        over = counts.get("done", 0) + counts.get("failed", 0)
        st.progress(over / total if total else 0.0, text=f"**{name}**: {_said(counts)}")
        with st.container(horizontal=True, key=f"batch-deeds-{batch.id}"):
            if counts.get("waiting") or counts.get("running"):
                st.button("Stop", key=f"batch-stop-{batch.id}", on_click=_stop, args=(who, batch))
            elif counts.get("stopped") or counts.get("failed"):
                st.button("Go on", key=f"batch-on-{batch.id}", on_click=_go_on, args=(who, batch))
            for ending in FORMATS if counts.get("done") else ():
                _download(who, batch, ending)


def _said(counts: dict[JobStatus, int]) -> str:
    words: dict[JobStatus, str] = {
        "done": "done",
        "running": "at work",
        "waiting": "waiting",
        "stopped": "stopped",
        "failed": "failed",
    }
    told_ = [f"{counts[status]:,} {word}" for status, word in words.items() if counts.get(status)]
    return ", ".join(told_)


def _stop(who: Visit, batch: BatchRecord) -> None:
    with told_later():
        stop(who.service, batch)


def _go_on(who: Visit, batch: BatchRecord) -> None:
    with told_later():
        go_on(who.service, batch)


def _download(who: Visit, batch: BatchRecord, ending: str) -> None:
    st.download_button(
        _FILES[ending],
        lambda: results(who.service, batch, ending),
        file_name=f"batch-{batch.id}{ending}",
        mime="text/plain",
        icon=":material/download:",
        key=f"batch-file-{batch.id}{ending}",
        on_click="ignore",
    )
