"""The switch between what can be looked at on a page: the address says which, so a link can too."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.screens import memory
from app.screens.memory import LEAF, MARK, VIEW


def chosen(known: Mapping[str, str]) -> str:
    """What the address says is looked at, "" where it names nothing that is known."""
    view = memory.query(VIEW)
    return view if view in known else ""


def draw_views(known: Mapping[str, str], key: str) -> str:
    """The switch; known: the views and their names, "" the one that comes first."""
    st.session_state[key] = chosen(known)
    st.segmented_control(
        "What to look at",
        list(known),
        format_func=known.__getitem__,
        required=True,
        key=key,
        label_visibility="collapsed",
        on_change=_look_at,
        args=(key,),
    )
    return chosen(known)


def _look_at(key: str) -> None:
    memory.address({VIEW: str(st.session_state[key]), MARK: "", LEAF: ""})
