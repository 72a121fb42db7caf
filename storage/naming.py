"""From what a person calls a document to the document."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, Connection

from storage import listing
from storage.errors import AmbiguousName, NotFound
from storage.records import DocumentRecord
from storage.schema import document

_PREFIX = re.compile(r"[0-9a-f]{4,12}")
_LISTED = 10


def find(connection: Connection, owner: str, key: str) -> DocumentRecord:
    """The document that the owner may read of this id, unique prefix of an id, or title.

    They are tried in this order.
    """
    for condition in _conditions(key):
        matches = listing.of_reader(connection, owner, condition)
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise AmbiguousName(_ambiguous(key, matches))
    raise NotFound(f"There is no document {key!r}: `readonce list` shows yours.")


def _conditions(key: str) -> tuple[ColumnElement[bool], ...]:
    # A new version has the title of what it replaces: until it has been read, only its id names it.
    in_place = document.c.replaces.is_(None)
    titles = (
        (document.c.title == key) & in_place,
        (document.c.title_folded == key.casefold()) & in_place,
    )
    prefix = key.lower()
    if not _PREFIX.fullmatch(prefix):
        return titles
    return (document.c.id == prefix, document.c.id.startswith(prefix), *titles)


def _ambiguous(key: str, matches: tuple[DocumentRecord, ...]) -> str:
    listed = ", ".join(f"{match.id} ({match.title})" for match in matches[:_LISTED])
    more = f" and {len(matches) - _LISTED} more" if len(matches) > _LISTED else ""
    return f"{key!r} fits {len(matches)} documents: {listed}{more}. Name one by its id."
