"""Which passages a search covers: documents of one owner by the places of their passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Row, and_, select

from storage.errors import NotFound
from storage.readers import KEPT, readable_by
from storage.schema import document, passage

Numbers = npt.NDArray[np.int64]

_AT_ONCE = 500  # parameters of a statement
_FIRST = 5  # the place of the first passage's number among the columns of a row


class Shelved(NamedTuple):
    """A document as a search sees it; weights_fingerprint names who read it last."""

    id: str
    title: str
    added_at: datetime
    weights_fingerprint: str | None
    finished: bool


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Documents of one owner, in the order of their passages' numbers.

    first, passages [N]: the number of each document's first passage, and how many follow it
    without a gap. A passage's number says nothing once its document is gone: look it up by
    document and index.
    """

    owner: str
    documents: tuple[Shelved, ...]
    first: Numbers
    passages: Numbers
    whole: bool
    """Whether these are all documents of the owner."""

    @property
    def size(self) -> int:
        """The number of passages."""
        return int(self.passages.sum())

    def only(self, keep: Sequence[bool]) -> Scope:
        """The documents whose place in the order is marked."""
        kept = np.flatnonzero(np.asarray(keep, dtype=bool))
        documents = tuple(self.documents[number] for number in kept)
        whole = self.whole and len(kept) == len(self.documents)
        return Scope(self.owner, documents, self.first[kept], self.passages[kept], whole)

    def places(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """For passages by number: the place of the document in the order, -1 outside; the index."""
        if not len(self.documents):
            return np.full(len(numbers), -1), numbers
        place = np.searchsorted(self.first, numbers, side="right") - 1
        index = numbers - self.first[place]
        return np.where((place >= 0) & (index < self.passages[place]), place, -1), index

    def inside(self, numbers: Numbers) -> Numbers:
        """Those of the passages that are covered."""
        return numbers[self.places(numbers)[0] >= 0]

    def spans(self) -> list[tuple[int, int]]:
        """First and last number of each run of passages without a gap."""
        last = self.first + self.passages - 1
        breaks = np.flatnonzero(self.first[1:] != last[:-1] + 1)
        starts, ends = np.append(0, breaks + 1), np.append(breaks, len(last) - 1)
        return [(int(self.first[a]), int(last[b])) for a, b in zip(starts, ends, strict=True)]


def of_owner(connection: Connection, owner: str, document_ids: Sequence[str] | None) -> Scope:
    """All documents that an owner may read, or these of them; NotFound where one is not of them.

    A new version that is not read yet is not among all: what it will replace is.
    """
    if document_ids is None:
        return _scope(owner, _rows(connection, owner), whole=True)
    rows: list[Row[Any]] = []
    for start in range(0, len(document_ids), _AT_ONCE):
        rows += _rows(connection, owner, document_ids[start : start + _AT_ONCE])
    missing = set(document_ids) - {row[0] for row in rows}
    if missing:
        raise NotFound(
            f"There is no document {min(missing)} (any more): `readonce list` shows yours."
        )
    return _scope(owner, rows, whole=False)


def _rows(
    connection: Connection, owner: str, document_ids: Sequence[str] | None = None
) -> list[Row[Any]]:
    opening = and_(passage.c.document_id == document.c.id, passage.c.index == 0)
    wanted = (
        select(
            document.c.id,
            document.c.title,
            document.c.added_at,
            document.c.weights_fingerprint,
            document.c.state_checksum.is_not(None),
            passage.c.id,
            document.c.passages,
        )
        .outerjoin(passage, opening)
        .where(readable_by(owner), KEPT)
    )
    if document_ids is None:
        wanted = wanted.where(document.c.replaces.is_(None))
    else:
        wanted = wanted.where(document.c.id.in_(document_ids))
    return list(connection.execute(wanted).all())


def _scope(owner: str, rows: Sequence[Row[Any]], *, whole: bool) -> Scope:
    # By place and not by name: of 10,000 rows each look-up by name takes several milliseconds.
    filled = sorted((row for row in rows if row[_FIRST] is not None), key=itemgetter(_FIRST))
    documents = tuple(Shelved._make(row[:_FIRST]) for row in filled)
    first = np.array([row[_FIRST] for row in filled], dtype=np.int64)
    passages = np.array([row[_FIRST + 1] for row in filled], dtype=np.int64)
    return Scope(owner, documents, first, passages, whole)
