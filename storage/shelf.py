"""What the owner of a document makes of it: its name, its tags, who may read it, whether it goes.

A document that is put away is found by nobody, and gone for good with the next sweep. Until then
it can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, select, update

from storage import database, documents, lines, listing, seals
from storage.blanking import blank
from storage.readers import KEPT, readable_by
from storage.records import DocumentRecord
from storage.schema import document

Order = Literal["newest", "title", "longest"]

_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    "newest": (),
    "title": (document.c.title_folded,),
    "longest": (document.c.text_bytes.desc(),),
}

_WORDS = ("title", "title_folded", "tags", "readers")
"""Emptied in place before they are written anew, so that no old name is left in the file."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents to list: all these words in the title, and this tag."""

    words: tuple[str, ...] = ()
    tag: str = ""
    order: Order = "newest"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every method is one transaction; `Library.shelf` gives it.

    What changes a document raises NotFound for an id that the owner has no document of.
    """

    opened: database.Database
    clock: Callable[[], datetime]

    def some(
        self, reader: str, wanted: Wanted, first: int, most: int
    ) -> tuple[tuple[DocumentRecord, ...], int]:
        """A part of the documents that somebody may read, and how many there are of them."""
        fitting = (*_readable(reader), *_conditions(wanted))
        with self.opened.reading() as connection:
            total = connection.scalar(select(func.count()).select_from(document).where(*fitting))
            order = _ORDERS[wanted.order]
            found = listing.matching(connection, *fitting, order=order, first=first, limit=most)
        return found, total or 0

    def tags(self, reader: str) -> tuple[str, ...]:
        """The tags of the documents that somebody may read, in order."""
        tagged = select(document.c.tags).where(*_readable(reader), document.c.tags != "").distinct()
        with self.opened.reading() as connection:
            columns = connection.scalars(tagged).all()
        found = {tag for column in columns for tag in lines.split(column)}
        return tuple(sorted(found, key=str.casefold))

    def rename(self, owner: str, document_id: str, title: str) -> DocumentRecord:
        """Give a document another title, which it keeps when a new version takes its place."""
        title = " ".join(title.split())
        if not title:
            raise ValueError("a title has at least one character")
        values = {"title": title, "title_folded": title.casefold(), "renamed": True}
        return self._change(owner, document_id, values)

    def tag(self, owner: str, document_id: str, tags: Sequence[str]) -> DocumentRecord:
        """Give a document these tags instead of those that it had."""
        return self._change(owner, document_id, {"tags": lines.joined(tags)})

    def share(self, owner: str, document_id: str, readers: Sequence[str]) -> DocumentRecord:
        """Let these and no others read a document beside its owner; EVERYBODY stands for all."""
        return self._change(owner, document_id, {"readers": lines.joined(readers)})

    def put_away(self, owner: str, document_id: str) -> DocumentRecord:
        """Have a document found by nobody, and deleted by a sweep that comes late enough."""
        return self._change(owner, document_id, {"put_away_at": self.clock()})

    def take_back(self, owner: str, document_id: str) -> DocumentRecord:
        """Have a document that was put away found again."""
        return self._change(owner, document_id, {"put_away_at": None})

    def away(self, owner: str) -> tuple[DocumentRecord, ...]:
        """The owner's documents that were put away and are not gone yet."""
        mine = (document.c.owner == owner, ~KEPT)
        with self.opened.reading() as connection:
            return listing.matching(connection, *mine)

    def sweep(self, after: timedelta) -> int:
        """Delete what anybody put away so long ago or longer; how many documents that were."""
        put_away = select(document.c.owner, document.c.id).where(
            document.c.put_away_at <= self.clock() - after
        )
        with self.opened.reading() as connection:
            due = connection.execute(put_away).all()
        return sum(self._removed(owner, document_id, after) for owner, document_id in due)

    def _removed(self, owner: str, document_id: str, after: timedelta) -> bool:
        still = (document.c.id == document_id, document.c.put_away_at <= self.clock() - after)
        with self.opened.writing() as connection:
            if connection.scalar(select(document.c.id).where(*still)) is None:
                return False  # it was taken back, or another sweep was quicker
            documents.remove(connection, owner, document_id)
        self.opened.tidy()
        return True

    def _change(self, owner: str, document_id: str, values: dict[str, Any]) -> DocumentRecord:
        mine = (document.c.id == document_id, document.c.owner == owner)
        words = [name for name in _WORDS if name in values]
        with self.opened.writing() as connection:
            if connection.scalar(select(document.c.number).where(*mine)) is None:
                raise listing.unknown(document_id)
            if words:
                blank(connection, document, words, and_(*mine))
            connection.execute(update(document).where(*mine).values(values))
            seals.restate(connection, document_id)
            return listing.by_id(connection, document_id)


def _readable(reader: str) -> tuple[ColumnElement[bool], ...]:
    return readable_by(reader), KEPT, document.c.replaces.is_(None)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    title = document.c.title_folded
    words = [title.contains(word.casefold(), autoescape=True) for word in wanted.words]
    return [*words, lines.holds(document.c.tags, wanted.tag)] if wanted.tag else words
