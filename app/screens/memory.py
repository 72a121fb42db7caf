"""What one visitor's page remembers between two runs of the script."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

DOCUMENT, TALK, TURN, PLACE, LEAF, VIEW, ASK = "doc", "talk", "turn", "place", "page", "view", "ask"
MARK = "at"
"""What stands in an address: everything that a link to an answer, or to a sentence, needs."""

_LAST = "last-document"


def query(name: str) -> str:
    """A part of the address, "" where it is not there."""
    return str(st.query_params.get(name, ""))


def counted(name: str) -> int:
    """A number in the address, counted from 1; 0 where there is none."""
    found = query(name)
    return int(found) if found.isdecimal() and len(found) < 7 else 0


def address(parts: dict[str, str]) -> None:
    """Put parts into the address, and take those out that are ""."""
    for name, value in parts.items():
        if value:
            st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]


def follow(upload_ids: Iterable[str]) -> None:
    """Show what these uploads become, unless the visitor turns to something else first."""
    st.session_state["follow"] = frozenset(upload_ids)


def followed() -> frozenset[str]:
    ids: frozenset[str] = st.session_state.get("follow", frozenset())
    return ids


def chosen() -> str:
    """The id of the document in the address, or else of the one looked at last."""
    found = query(DOCUMENT) or str(st.session_state.get(_LAST, ""))
    if found and not query(DOCUMENT):
        st.query_params[DOCUMENT] = found
    st.session_state[_LAST] = found
    return found


def forget_chosen() -> None:
    """Choose no document."""
    st.session_state.pop(_LAST, None)
    st.query_params.clear()


def complain(sentence: str) -> None:
    """Show what went wrong with the last click; "" when nothing did."""
    st.session_state["complaint"] = sentence


def complaint() -> str:
    return str(st.session_state.get("complaint", ""))


def say(sentence: str) -> None:
    """Show a sentence on the next run of the page."""
    st.session_state["said"] = sentence


def said() -> str:
    return str(st.session_state.pop("said", ""))
