"""A few short texts in one column, a line each, such as the tags of a document."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, ColumnElement, func, literal

from storage.schema import Words


def joined(texts: Iterable[str]) -> str:
    """The column for these texts, "" for none: each stands between two line ends.

    White space becomes single spaces, and what comes twice, in any case, is kept once.
    """
    kept = {flat.casefold(): flat for text in texts if (flat := " ".join(text.split()))}
    return "\n" + "\n".join(kept.values()) + "\n" if kept else ""


def split(column: str) -> tuple[str, ...]:
    """The texts of a column."""
    return tuple(column.strip("\n").split("\n")) if column else ()


def holds(column: Column[str], text: str) -> ColumnElement[bool]:
    """The condition that a text is among the lines, to the letter."""
    # Not LIKE, for which SQLite takes Anna and anna to be the same.
    without = func.replace(column, literal(f"\n{text}\n", Words), "")
    return func.length(without) < func.length(column)
