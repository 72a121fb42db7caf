"""Words, and pieces of words, to passages: one interface, and a file for each database's engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection

from storage.fulltext import postgres, sqlite
from storage.fulltext.kinds import Kind
from storage.fulltext.numbers import Numbers, Span

INDEX_SHARE = sqlite.INDEX_SHARE


class _Engine(Protocol):
    def create(self, connection: Connection, kind: Kind) -> None: ...

    def index(self, connection: Connection, document_id: str) -> None: ...

    def remove(self, connection: Connection, document_id: str) -> None: ...

    def count(
        self, connection: Connection, kind: Kind, word: str, spans: Sequence[Span]
    ) -> int: ...

    def passages(
        self, connection: Connection, kind: Kind, word: str, spans: Sequence[Span], most: int
    ) -> Numbers: ...


_ENGINES: dict[str, _Engine] = {"sqlite": sqlite, "postgresql": postgres}


def _of(connection: Connection) -> _Engine:
    return _ENGINES[connection.dialect.name]


def create(connection: Connection, kind: Kind) -> None:
    """Make an index of all that is stored; called by the migration that introduced its form."""
    _of(connection).create(connection, kind)


def index(connection: Connection, document_id: str) -> None:
    """Take up the passages of a document."""
    _of(connection).index(connection, document_id)


def remove(connection: Connection, document_id: str) -> None:
    """Forget the passages of a document; call it while they are still there."""
    _of(connection).remove(connection, document_id)


def count(connection: Connection, kind: Kind, word: str, spans: Sequence[Span]) -> int:
    """How many passages numbered within these spans hold a word; of several words, all of them."""
    return _of(connection).count(connection, kind, word, spans)


def passages(
    connection: Connection, kind: Kind, word: str, spans: Sequence[Span], most: int
) -> Numbers:
    """The numbers of at most so many passages within these spans that hold a word, in order."""
    return _of(connection).passages(connection, kind, word, spans, most)
