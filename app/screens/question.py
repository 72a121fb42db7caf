"""Asking the chosen document, and what was asked of it in this session."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

import app
from app.adding import content_hash
from app.reading import UNUSABLE
from app.screens import memory
from app.screens.answer import draw_answer
from app.screens.desk import Desk
from app.screens.markup import plain, shortened
from app.screens.telling import sentence_of
from storage.records import DocumentRecord

_SAMPLE = Path(app.__file__).parent / "sample"
_SUGGESTED = 3
_READ_AGAIN = (
    "What was kept of this document no longer fits the reader, so it is being read again. "
    "Ask once more when it is done."
)


def draw_questions(desk: Desk, document: DocumentRecord) -> None:
    """The question box, the newest answer, and the earlier ones folded."""
    key = f"question-{document.id}"
    with (
        st.form("ask", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom", key="ask-row"),
    ):
        st.text_input("Your question", placeholder="What do you want to know?", key=key)
        st.form_submit_button(
            "Ask",
            type="primary",
            icon=":material/search:",
            on_click=_submit,
            args=(document.id, key),
        )
    _suggestions(document)
    question = memory.wanted(document.id)
    if question is not None:
        _ask(desk, document, question)
    _answers(desk, document)


def _submit(document_id: str, key: str) -> None:
    memory.want(document_id, str(st.session_state[key]))


def _suggestions(document: DocumentRecord) -> None:
    """Buttons that ask; only the sample has any, until something was asked of it."""
    suggested = suggested_questions(document.content_hash)
    if not suggested or memory.history(document.id):
        return
    st.caption("For instance:")
    with st.container(horizontal=True, key="suggestions"):
        for question in suggested:
            st.button(
                plain(question),
                key=f"suggested-{question}",
                on_click=memory.want,
                args=(document.id, question),
            )


@st.cache_data(show_spinner=False)
def suggested_questions(of_hash: str) -> tuple[str, ...]:
    """A few questions that the sample document answers; () for any other document."""
    path = _SAMPLE / "questions.json"
    samples = {content_hash(sample.read_bytes()) for sample in _SAMPLE.glob("*.pdf")}
    if of_hash not in samples or not path.is_file():
        return ()
    entries = json.loads(path.read_text(encoding="utf-8"))
    answered = [entry["question"] for entry in entries if entry.get("answer")]
    return tuple(answered[:_SUGGESTED])


def _ask(desk: Desk, document: DocumentRecord, question: str) -> None:
    """Answer a question, or say why it cannot be answered."""
    try:
        with st.spinner("Looking it up …"), desk.lock:
            answer = desk.service.ask(document, question)
    except UNUSABLE:
        memory.settle(document.id)
        _hand_in_again(desk, document)
        memory.say(_READ_AGAIN)
        st.rerun()
    except Exception as error:
        memory.settle(document.id)
        st.warning(plain(sentence_of(error)))
        return
    memory.remember(document.id, question, answer)
    st.rerun()


def _hand_in_again(desk: Desk, document: DocumentRecord) -> None:
    """Let the worker read a document again from the bytes that the library holds."""
    library = desk.service.library
    library.forget_reading(document.id)
    original = library.original(document.id)
    library.queue.enqueue(desk.service.settings.owner, document.file_name, original)


def _answers(desk: Desk, document: DocumentRecord) -> None:
    for place, asked in enumerate(memory.history(document.id)):
        if place == 0:
            draw_answer(desk, document.id, asked)
        else:
            with st.expander(plain(shortened(asked.question, 100))):
                draw_answer(desk, document.id, asked)
