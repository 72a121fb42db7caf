"""Asking all documents at once, and what was asked of them in this session."""

from __future__ import annotations

import streamlit as st

from app.choosing import Choice
from app.screens import memory
from app.screens.answer import draw_answer
from app.screens.desk import Desk
from app.screens.markup import clean, plain, shortened
from app.screens.telling import sentence_of
from app.service import Answers
from app.wording import counted

_QUESTION, _TITLE = "question-all", "title-all"


def draw_everything(desk: Desk) -> None:
    """The question box for all documents, the newest answer, and the earlier ones folded."""
    st.html(clean('<h1 class="title">All documents</h1>'))
    with st.form("ask-all", border=False, clear_on_submit=False):
        with st.container(horizontal=True, vertical_alignment="bottom", key="ask-row"):
            st.text_input("Your question", placeholder="What do you want to know?", key=_QUESTION)
            st.form_submit_button("Ask", type="primary", icon=":material/search:", on_click=_submit)
        st.text_input(
            "Only documents with this in the title", placeholder="All documents", key=_TITLE
        )
    question = memory.wanted(memory.ALL)
    if question is not None:
        _ask(desk, question)
    for place, asked in enumerate(memory.history(memory.ALL)):
        if place == 0:
            draw_answer(desk, memory.ALL, asked)
        else:
            with st.expander(plain(shortened(asked.question, 100))):
                draw_answer(desk, memory.ALL, asked)


def _submit() -> None:
    memory.want(memory.ALL, str(st.session_state[_QUESTION]))


def _ask(desk: Desk, question: str) -> None:
    """Answer a question, or say why it cannot be answered."""
    choice = Choice(title=str(st.session_state.get(_TITLE, "")).strip())
    try:
        with st.spinner("Looking it up …"), desk.lock:
            answers = desk.service.ask_all(question, choice)
    except Exception as error:
        memory.settle(memory.ALL)
        st.warning(plain(sentence_of(error)))
        return
    memory.remember(memory.ALL, question, answers.answer, note=_note(answers))
    st.rerun()


def _note(answers: Answers) -> str:
    """How many documents were asked, and what could not be used."""
    asked = [f"{counted(answers.documents, 'document')} asked."]
    if answers.unread:
        asked.append(f"{answers.unread} of them not read to the end: searched by words only.")
    for document in answers.answer.damaged:
        asked.append(f"What was kept of {document.title} cannot be used: add its file again.")
    return " ".join(asked)
