"""Words to passages: one interface, and a file for the engine of each database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection

from storage.fulltext import postgres, sqlite
from storage.records import Hit

INDEX_SHARE = sqlite.INDEX_SHARE


class _Engine(Protocol):
    def create(self, connection: Connection) -> None: ...

    def index(self, connection: Connection, document_id: str) -> None: ...

    def remove(self, connection: Connection, document_id: str) -> None: ...

    def search(
        self, connection: Connection, document_id: str, question: str, limit: int
    ) -> tuple[Hit, ...]: ...

    def term_counts(
        self, connection: Connection, document_id: str, terms: Sequence[str]
    ) -> dict[str, int]: ...

    def count(self, connection: Connection, word: str, span: tuple[int, int]) -> int: ...

    def passages(self, connection: Connection, word: str, span: tuple[int, int]) -> list[int]: ...


_ENGINES: dict[str, _Engine] = {"sqlite": sqlite, "postgresql": postgres}


def _of(connection: Connection) -> _Engine:
    return _ENGINES[connection.dialect.name]


def create(connection: Connection) -> None:
    """Make the index; called by the first migration."""
    _of(connection).create(connection)


def index(connection: Connection, document_id: str) -> None:
    """Take up the passages of a document."""
    _of(connection).index(connection, document_id)


def remove(connection: Connection, document_id: str) -> None:
    """Forget the passages of a document; call it while they are still there."""
    _of(connection).remove(connection, document_id)


def search(connection: Connection, document_id: str, question: str, limit: int) -> tuple[Hit, ...]:
    """The passages of one document that share words with the question, best first."""
    return _of(connection).search(connection, document_id, question, limit)


def term_counts(connection: Connection, document_id: str, terms: Sequence[str]) -> dict[str, int]:
    """In how many passages of one document each term occurs; several words are a phrase."""
    return _of(connection).term_counts(connection, document_id, terms)


def count(connection: Connection, word: str, spans: Sequence[tuple[int, int]]) -> int:
    """How many passages numbered within these spans hold a word; of several words, the phrase."""
    engine = _of(connection)
    return sum(engine.count(connection, word, span) for span in spans)


def passages(connection: Connection, word: str, span: tuple[int, int]) -> list[int]:
    """The numbers of the passages within a span that hold a word, in order."""
    return _of(connection).passages(connection, word, span)
