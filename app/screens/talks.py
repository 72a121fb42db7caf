"""The conversations about the same documents, and what can be done with the one that is shown."""

from __future__ import annotations

import streamlit as st

from app.conversing import About
from app.screens import memory
from app.screens.markup import plain, shortened
from app.screens.memory import LEAF, PLACE, TALK, TURN
from app.screens.talk import Talk, fits
from app.screens.telling import told_later
from app.screens.visit import Visit
from app.wording import counted, day
from storage.talk import ConversationRecord

_SHOWN = 30
_NONE = "No conversation yet: ask something, and it is kept here."


def draw_talks(who: Visit, about: About) -> None:
    """The conversations about the same: search them, go on with one, or begin anew."""
    words = st.text_input("Search your conversations", icon=":material/search:", key="find-talk")
    found = [each for each in who.service.talks.list(words.split()) if fits(each, about)]
    if not found:
        none = "No conversation has these words." if words.split() else _NONE
        st.caption(none)
    for each in found[:_SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"talk-{each.id}"):
            title = plain(shortened(each.title, 70))
            label = f"{title} · {counted(each.turns, 'question')}, {day(each.changed_at)}"
            pressed = st.button(label, key=f"open-{each.id}", type="tertiary", width="stretch")
            if pressed:
                memory.address({TALK: each.id, TURN: "", PLACE: "", LEAF: "", memory.VIEW: ""})
                st.rerun()


def draw_doings(who: Visit, talk: Talk) -> None:
    """What can be done with the conversation that is shown."""
    record = talk.record
    if record is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="doings"):
        st.button("New conversation", icon=":material/add:", key="new-talk", on_click=_begin_anew)
        with st.popover("This conversation", icon=":material/forum:"):
            st.text_input("Its name", record.title, key=f"name-{record.id}", max_chars=200)
            st.button("Keep this name", key="name-it", on_click=_rename, args=(who, record))
            st.button(
                "Take back the last question",
                icon=":material/undo:",
                key="undo-turn",
                on_click=_undo,
                args=(who, record),
            )
            st.button(
                "Go on from here in a new conversation",
                icon=":material/call_split:",
                help="It begins with the questions up to the one that is shown.",
                key="branch",
                on_click=_branch,
                args=(who, record, talk.chosen.index + 1 if talk.chosen else 1),
            )
            st.download_button(
                "Save as a text (Markdown)",
                lambda: who.service.talks.transcript(record).encode(),
                file_name=f"conversation-{record.id}.md",
                mime="text/markdown",
                icon=":material/download:",
                key="save-talk",
                on_click="ignore",
            )
            st.button(
                "Delete it",
                icon=":material/delete:",
                key="delete-talk",
                on_click=_delete,
                args=(who, record),
            )


def _begin_anew() -> None:
    memory.address({TALK: "", TURN: "", PLACE: ""})


def _rename(who: Visit, record: ConversationRecord) -> None:
    with told_later():
        title = " ".join(str(st.session_state[f"name-{record.id}"]).split())
        if title:
            who.service.talks.rename(record, title)


def _undo(who: Visit, record: ConversationRecord) -> None:
    with told_later():
        left = who.service.talks.undo(record)
        memory.address({TALK: left.id if left else "", TURN: "", PLACE: ""})


def _branch(who: Visit, record: ConversationRecord, turns: int) -> None:
    with told_later():
        memory.address({TALK: who.service.talks.branch(record, turns).id, TURN: "", PLACE: ""})


def _delete(who: Visit, record: ConversationRecord) -> None:
    with told_later():
        who.service.talks.forget(record)
        _begin_anew()
