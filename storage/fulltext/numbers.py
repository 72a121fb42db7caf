"""Numbers of passages: those of one document follow one another without a gap."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, func, select

from storage.schema import passage

Numbers = npt.NDArray[np.int64]
Span = tuple[int, int]
"""The first and the last of a run of numbers."""


def as_numbers(lists: Iterable[str | None]) -> Numbers:
    """The numbers of lists that the database wrote with commas, in order; None is an empty list.

    A row for each number would take five times as long, and there are 100,000.
    """
    written = ",".join(filter(None, lists))
    return np.sort(np.fromstring(written, np.int64, sep=","))


def bounds(connection: Connection, document_id: str) -> Span:
    """The numbers of a document's passages; (0, -1) where it has none."""
    ours = passage.c.document_id == document_id
    row = connection.execute(select(func.min(passage.c.id), func.max(passage.c.id)).where(ours))
    first, last = row.one()
    return (0, -1) if first is None else (first, last)
