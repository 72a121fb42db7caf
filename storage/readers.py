"""Who may read which documents: the condition that every query of documents honours."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_

from storage import lines
from storage.records import EVERYBODY
from storage.schema import document

KEPT = document.c.put_away_at.is_(None)
"""The condition on documents that nobody has put away to be deleted."""


def readable_by(reader: str) -> ColumnElement[bool]:
    """The condition on documents that are somebody's own or shared with them."""
    shared = [lines.holds(document.c.readers, name) for name in (reader, EVERYBODY)]
    return or_(document.c.owner == reader, *shared)
