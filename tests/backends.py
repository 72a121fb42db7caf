"""The databases that the tests of the library run on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.server import Server


class Backend(Protocol):
    """Where new libraries come from."""

    @property
    def kind(self) -> str: ...

    def url(self, folder: Path) -> str:
        """The library of a folder: a new one, or the one that an earlier call gave for it."""

    def forget(self, folder: Path) -> None:
        """Drop what is not in the folder itself."""


@dataclass(frozen=True, slots=True)
class SqliteBackend:
    """A file in the folder."""

    kind: str = "sqlite"

    def url(self, folder: Path) -> str:
        return f"sqlite:///{folder / 'library.db'}"

    def forget(self, folder: Path) -> None:
        """Nothing: whoever made the folder deletes it."""


@dataclass(frozen=True, slots=True)
class PostgresBackend:
    """A database of its own for each folder."""

    server: Server
    databases: dict[Path, str] = field(default_factory=dict)
    kind: str = "postgres"

    def url(self, folder: Path) -> str:
        if folder not in self.databases:
            self.databases[folder] = self.server.copy()
        return self.server.url_of(self.databases[folder])

    def forget(self, folder: Path) -> None:
        for known in [known for known in self.databases if known.is_relative_to(folder)]:
            self.server.drop(self.databases.pop(known))
