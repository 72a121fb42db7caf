"""The frame around every page: who looks, the navigation, and the pages by their addresses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from app.screens import memory
from app.screens.asking import draw_asking
from app.screens.batch import draw_batch
from app.screens.desk import Desk, desk
from app.screens.document import draw_document
from app.screens.library import draw_library
from app.screens.markup import clean, plain
from app.screens.places import Place, page_at
from app.screens.remembering import draw_remembering
from app.screens.style import STYLE
from app.screens.telling import told
from app.screens.visit import Visit, draw_door, draw_name, visit

# A file of ours: streamlit would fetch a symbol for the icon from a server of its own choice.
_ICON = str(Path(__file__).parent / "icon.svg")
_WORDMARK = '<p class="wordmark">readonce</p><p class="motto">Read once. Ask for ever after.</p>'

_PAGES: dict[Place, Callable[[Visit], None]] = {
    "library": draw_library,
    "document": draw_document,
    "ask": draw_asking,
    "batch": draw_batch,
    "memory": draw_remembering,
}


def draw() -> None:
    """Draw the page for one visitor."""
    st.set_page_config("readonce", _ICON, "wide")
    st.html(STYLE)
    with told():
        _draw(desk())


def _draw(shared: Desk) -> None:
    who = visit(shared)
    if who is None:
        st.navigation([page_at("library", _nothing)], position="hidden")
        draw_door(shared)
        return
    chosen = st.navigation([_page(place, who) for place in _PAGES])
    with st.sidebar:
        st.html(clean(_WORDMARK))
        draw_name(who)
    sentence = memory.said()
    if sentence:
        st.info(plain(sentence))
    chosen.run()


def _page(place: Place, who: Visit) -> Page:
    def draw_it() -> None:
        with told():
            _PAGES[place](who)

    return page_at(place, draw_it)


def _nothing() -> None:
    pass
