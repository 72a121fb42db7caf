"""The pages by their addresses, and the links between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn

import streamlit as st
from streamlit.navigation.page import Page

Place = Literal["library", "document", "ask", "batch", "memory"]


@dataclass(frozen=True, slots=True)
class _Sign:
    title: str
    icon: str


_SIGNS: dict[Place, _Sign] = {
    "library": _Sign("Library", ":material/shelves:"),
    "document": _Sign("Document", ":material/menu_book:"),
    "ask": _Sign("Ask everything", ":material/search:"),
    "batch": _Sign("Batch", ":material/checklist:"),
    "memory": _Sign("What it remembers", ":material/neurology:"),
}


def page_at(place: Place, draw: Callable[[], None]) -> Page:
    """The page of an address, drawn by this function."""
    sign = _SIGNS[place]
    first = place == "library"
    return st.Page(draw, title=sign.title, icon=sign.icon, url_path=place, default=first)


def link(
    place: Place,
    label: str,
    icon: str = "",
    query: Mapping[str, str] | None = None,
    *,
    width: Literal["content", "stretch"] = "content",
) -> None:
    """A link to a page, whose address says what it shows; label is Markdown."""
    target, shown = _target(place), dict(query or {})
    st.page_link(target, label=label, icon=icon or None, query_params=shown, width=width)


def go(place: Place, query: Mapping[str, str] | None = None) -> NoReturn:
    """Turn to a page now."""
    st.switch_page(_target(place), query_params=dict(query or {}))


def _target(place: Place) -> Page:
    """Streamlit knows a page by its address: the function that draws it is not called from here."""
    return page_at(place, _nothing)


def _nothing() -> None:
    pass
