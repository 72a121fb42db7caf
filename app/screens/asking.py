"""Asking many documents at once: all of them, or those that are chosen."""

from __future__ import annotations

import streamlit as st

from app.conversing import About
from app.screens import memory
from app.screens.leaves import draw_leaf, marked_of
from app.screens.markup import clean, plain, shortened
from app.screens.memory import DOCUMENT
from app.screens.places import link
from app.screens.talk import Talk, talk_of
from app.screens.talking import draw_talk
from app.screens.talks import draw_doings, draw_talks
from app.screens.views import draw_views
from app.screens.visit import Visit
from app.wording import counted
from storage.errors import NotFound
from storage.records import DocumentRecord
from storage.shelf import Wanted
from storage.talk import Quote

_OFFERED = 50
_TEACHES = (
    "Every answer names the document and the page it stands on. What none of them says is told "
    "as not found."
)
_CHOSEN = "asked-documents"


def draw_asking(who: Visit) -> None:
    """Draw the page."""
    st.html(clean('<h1 class="title">Ask everything</h1>'))
    total = who.service.library.shelf.some(who.owner, Wanted(), 0, 0)[1]
    if not total:
        st.write("One question over all your documents, with the place in each that answers it.")
        link("library", "Add a document first", ":material/shelves:")
        return
    chosen = _choice(who, total)
    about = About(tuple(chosen), everything=not chosen)
    talk = talk_of(who, about)
    left, right = st.columns([6, 5], gap="large")
    with left:
        _left(who, talk)
    with right, st.container(key="beside"):
        _beside(who, talk.quote)


def _choice(who: Visit, total: int) -> list[str]:
    """The ids of the documents to ask, () for all; those of a conversation in the address."""
    known = _names(who, st.session_state.get("find-asked", ""))
    key = memory.query(memory.TALK)
    if key and _CHOSEN not in st.session_state:
        st.session_state[_CHOSEN] = _of_conversation(who, key)
    known |= {each.id: each for each in _some(who, st.session_state.get(_CHOSEN, []))}
    with st.expander(_asked(total), icon=":material/filter_list:"):
        if total > _OFFERED:
            st.text_input("Words of the titles to choose from", key="find-asked")
        st.multiselect(
            "Only these documents",
            list(known),
            format_func=lambda each: plain(shortened(known[each].title, 60)),
            placeholder="All documents",
            key=_CHOSEN,
        )
    return [each for each in st.session_state[_CHOSEN] if each in known]


def _asked(total: int) -> str:
    some = len(st.session_state.get(_CHOSEN, []))
    return f"{counted(some, 'document')} chosen" if some else f"All {counted(total, 'document')}"


def _names(who: Visit, typed: str) -> dict[str, DocumentRecord]:
    wanted = Wanted(tuple(str(typed).split()), order="title")
    found, _ = who.service.library.shelf.some(who.owner, wanted, 0, _OFFERED)
    return {each.id: each for each in found}


def _of_conversation(who: Visit, key: str) -> list[str]:
    try:
        record = who.service.talks.find(key)
    except NotFound:
        return []
    return [each.id for each in _some(who, list(record.document_ids))]


def _some(who: Visit, ids: list[str]) -> tuple[DocumentRecord, ...]:
    return who.service.library.some(who.owner, ids) if ids else ()


def _left(who: Visit, talk: Talk) -> None:
    view = draw_views({"": "Ask", "talks": "Conversations"}, "view-all")
    if view == "talks":
        draw_talks(who, talk.about)
        return
    draw_doings(who, talk)
    draw_talk(who, talk, tuple)
    if not talk.turns:
        st.caption(_TEACHES)


def _beside(who: Visit, quote: Quote | None) -> None:
    """The page that the chosen quote stands on."""
    if quote is None:
        return
    try:
        document = who.service.library.find(who.owner, quote.document_id)
    except NotFound:
        st.info("The document of this answer is not in your library (any more).")
        return
    link("document", f"**{plain(shortened(document.title, 80))}**", "", {DOCUMENT: document.id})
    draw_leaf(who, document, marked_of(document, quote))
