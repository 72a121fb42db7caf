"""Errors on the page: always a sentence of ours, never streamlit's own box."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.errors import BadSettings
from app.screens import memory
from app.screens.markup import plain
from app.settings import read_settings
from app.visitor import for_visitor


@contextmanager
def told() -> Iterator[None]:
    """Show a sentence where anything goes wrong while a part of the page is drawn."""
    try:
        yield
    except Exception as error:
        if _is_signal(error):
            raise
        st.error(plain(sentence_of(error)), icon=":material/error:")


@contextmanager
def told_later() -> Iterator[None]:
    """For callbacks, which come before anything is drawn: the left side shows the sentence."""
    memory.complain("")
    try:
        yield
    except Exception as error:
        memory.complain(sentence_of(error))


def sentence_of(error: Exception) -> str:
    """What to tell a visitor of an error."""
    if isinstance(error, BadSettings):
        return str(error)  # without settings there is no folder for logs
    return for_visitor(error, read_settings().logs)


def _is_signal(error: Exception) -> bool:
    """Whether streamlit raised it for itself."""
    return type(error).__module__.startswith("streamlit.")
