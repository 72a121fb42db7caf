"""The connection to the library: what every database offers, and which one a URL names."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from storage.database import postgres, sqlite
from storage.errors import LibraryUnavailable

PATIENCE = sqlite.PATIENCE
"""Seconds that a statement waits for another connection's lock."""

_POSTGRES = ("postgresql", "postgres")


class Database(Protocol):
    """A database and the connections to it; each context manager is one transaction."""

    @property
    def engine(self) -> Engine: ...

    @property
    def name(self) -> str:
        """What messages call the library: its file, or its server and database."""

    def reading(self) -> AbstractContextManager[Connection]:
        """See one moment of the library and wait for no writer."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Be the only writer of documents from the first statement on."""

    def queueing(self) -> AbstractContextManager[Connection]:
        """Write uploads and heartbeats, where the database can beside a writer of documents."""

    def migrating(self) -> AbstractContextManager[Connection]:
        """Write like writing, free to build tables anew."""

    def tidy(self) -> None:
        """Give back to the disk what a delete has freed."""

    def compact(self) -> None:
        """Write all tables anew, without gaps."""

    @property
    def size(self) -> int:
        """Bytes of the library's file; 0 for that of a server."""

    def holds_fragments(self) -> bool:
        """Whether a piece of what was deleted may be left in the library's file."""

    def close(self) -> None:
        """Close every connection."""


def connect(url: str) -> Database:
    """Prepare the connections to what url names.

    Raises LibraryUnavailable and LibraryDamaged with what stands in the way.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # Neither the URL nor the error is quoted: a password may stand in both.
        raise LibraryUnavailable(
            "The library's address is not a URL: write it like sqlite:////home/me/library.db, or"
            " postgresql://me@host/database."
        ) from error
    if parsed.get_backend_name() in _POSTGRES:
        return postgres.connect(parsed)
    return sqlite.connect(parsed)
