"""What one visitor's page remembers between two runs of the script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from pipelines.answer import Answer


ALL = "all"
"""Stands in the address for all documents; no id of a document is so short."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its answer, numbered within its document; note: what to know beside it."""

    number: int
    question: str
    answer: Answer
    note: str = ""


def chosen() -> str:
    """The id of the document in the address, "" where there is none."""
    return st.query_params.get("doc", "")


def choose(document_id: str) -> None:
    """Put a document into the address."""
    st.query_params["doc"] = document_id
    follow(())
    doubt("")


def choose_none() -> None:
    st.query_params.pop("doc", None)


def history(document_id: str) -> tuple[Asked, ...]:
    """The questions of this session to a document, newest first."""
    asked: tuple[Asked, ...] = st.session_state.get(f"asked-{document_id}", ())
    return asked


def want(document_id: str, question: str) -> None:
    """Note a question before it is answered: a run of the page may be cut short by the next one.

    For callbacks, which come before anything is drawn. A button that is looked at while the page
    is drawn loses its click where the left side has just called for a new run.
    """
    st.session_state[f"wanted-{document_id}"] = question


def wanted(document_id: str) -> str | None:
    """The question that waits for its answer."""
    question: str | None = st.session_state.get(f"wanted-{document_id}")
    return question


def settle(document_id: str) -> None:
    """The question that waited has been dealt with."""
    st.session_state.pop(f"wanted-{document_id}", None)


def remember(document_id: str, question: str, answer: Answer, note: str = "") -> None:
    """Keep a question and its answer for this session; the page no longer follows uploads."""
    before = history(document_id)
    entry = Asked(len(before) + 1, question, answer, note)
    st.session_state[f"asked-{document_id}"] = (entry, *before)
    settle(document_id)
    follow(())


def follow(upload_ids: Iterable[str]) -> None:
    """Show what these uploads become, unless the visitor turns to something else first."""
    st.session_state["follow"] = frozenset(upload_ids)


def followed() -> frozenset[str]:
    ids: frozenset[str] = st.session_state.get("follow", frozenset())
    return ids


def doubt(document_id: str) -> None:
    """Ask whether this document is to be deleted; "" asks no more."""
    st.session_state["doubted"] = document_id


def doubted() -> str:
    return str(st.session_state.get("doubted", ""))


def complain(sentence: str) -> None:
    """Show on the left what went wrong with the last click; "" when nothing did."""
    st.session_state["complaint"] = sentence


def complaint() -> str:
    return str(st.session_state.get("complaint", ""))


def say(sentence: str) -> None:
    """Show a sentence on the next run of the page, until another document is chosen."""
    st.session_state["said"] = sentence


def said() -> str:
    return str(st.session_state.pop("said", ""))
