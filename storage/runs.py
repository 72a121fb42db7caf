"""Runs: what a reading leaves of neighbouring passages, several of them in one row.

While a document is read each group of passages leaves a run; at its end they become one. A run is
written once and never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, insert, select

from storage import listing


class Run(Protocol):
    """Something of `passages` neighbouring passages, the first of them passage_index."""

    @property
    def passage_index(self) -> int: ...
    @property
    def passages(self) -> int: ...
    @property
    def checksum(self) -> str: ...
    @property
    def weights_fingerprint(self) -> str: ...


R = TypeVar("R", bound=Run)


@dataclass(frozen=True, slots=True)
class Runs(Generic[R]):
    """The runs of one kind: their table, and how they are read, written, cut and joined."""

    table: Table
    record: Callable[[Row[Any]], R]
    values: Callable[[R], dict[str, Any]]
    """The columns that only this kind has, and size."""
    first: Callable[[R, int], R]
    """The first so many passages of a run."""
    joined: Callable[[Sequence[R]], R]
    """One run of several that follow one another."""
    is_sound: Callable[[Row[Any]], bool]
    """Whether a row is what was written."""

    def put(self, connection: Connection, document_id: str, new: R) -> None:
        """Keep a run in place of what was kept from its first passage on."""
        rows = self._rows(connection, document_id, new.weights_fingerprint)
        later = [row for row in rows if row.passage_index + row.passages > new.passage_index]
        self._drop(connection, later)
        for row in later:
            if row.passage_index < new.passage_index:
                left = self.first(self.record(row), new.passage_index - row.passage_index)
                self._insert(connection, document_id, left)
        self._insert(connection, document_id, new)

    def all_of(self, connection: Connection, document_id: str, weights: str) -> tuple[R, ...]:
        """Every run of a reading, in order; raises StateDamaged where one is damaged."""
        self.require_sound(connection, document_id, weights)
        return tuple(map(self.record, self._rows(connection, document_id, weights)))

    def join(self, connection: Connection, document_id: str, weights: str) -> None:
        """Make one run of all runs of a reading that has ended, if none is damaged or missing."""
        rows = self._rows(connection, document_id, weights)
        runs = list(map(self.record, rows))
        total = sum(run.passages for run in runs)
        if len(runs) < 2 or not all(map(self.is_sound, rows)) or not follow(runs, total):
            return
        self._drop(connection, rows)
        self._insert(connection, document_id, self.joined(runs))

    def copy(
        self, connection: Connection, source_id: str, document_id: str, weights: str, passages: int
    ) -> None:
        """Give a document the sound runs of another one's first passages, which are its own."""
        for row in filter(self.is_sound, self._rows(connection, source_id, weights)):
            if row.passage_index < passages:
                left = self.first(self.record(row), passages - row.passage_index)
                self._insert(connection, document_id, left)

    def forget(
        self, connection: Connection, document_id: str, *others: ColumnElement[bool]
    ) -> None:
        """Drop the runs of a document, or those of them that fit the conditions."""
        ours = self.table.c.document_id == document_id
        connection.execute(delete(self.table).where(ours, *others))

    def require_sound(self, connection: Connection, document_id: str, weights: str) -> None:
        """Raise StateDamaged where a run of this reading is not what was written."""
        if not all(map(self.is_sound, self._rows(connection, document_id, weights))):
            raise listing.damaged(connection, document_id)

    def _rows(self, connection: Connection, document_id: str, weights: str) -> Sequence[Row[Any]]:
        table = self.table.c
        ours = (table.document_id == document_id, table.weights_fingerprint == weights)
        ordered = select(self.table).where(*ours).order_by(table.passage_index)
        return connection.execute(ordered).all()

    def _insert(self, connection: Connection, document_id: str, new: R) -> None:
        connection.execute(
            insert(self.table).values(
                document_id=document_id,
                weights_fingerprint=new.weights_fingerprint,
                passage_index=new.passage_index,
                passages=new.passages,
                checksum=new.checksum,
                **self.values(new),
            )
        )

    def _drop(self, connection: Connection, rows: Iterable[Row[Any]]) -> None:
        ids = [row.id for row in rows]
        connection.execute(delete(self.table).where(self.table.c.id.in_(ids)))


def follow(runs: Iterable[Run], passages: int) -> bool:
    """Whether runs in order cover so many passages, each once."""
    end = 0
    for run in runs:
        if run.passage_index != end:
            return False
        end += run.passages
    return end == passages
