"""The databases that the tests of the library run on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.server import Server


class Backend(Protocol):
    """Where new libraries come from."""

    def url(self, folder: Path) -> str:
        """The library of a folder: a new one, or the one that an earlier call gave for it."""

    def where(self, folder: Path) -> str:
        """What a program is told that makes libraries by itself: the folder, or the server."""

    def drop(self, url: str) -> None:
        """Drop a library where it is not in the folder itself."""

    def forget(self, folder: Path) -> None:
        """Drop the libraries of a folder and of those in it."""


@dataclass(frozen=True, slots=True)
class SqliteBackend:
    """A file in the folder, which is deleted by whoever made the folder."""

    def url(self, folder: Path) -> str:
        return f"sqlite:///{folder / 'library.db'}"

    def where(self, folder: Path) -> str:
        return str(folder)

    def drop(self, url: str) -> None: ...

    def forget(self, folder: Path) -> None: ...


@dataclass(frozen=True, slots=True)
class PostgresBackend:
    """A schema of its own for each folder."""

    server: Server
    urls: dict[Path, str] = field(default_factory=dict)

    def url(self, folder: Path) -> str:
        if folder not in self.urls:
            self.urls[folder] = self.server.new()
        return self.urls[folder]

    def where(self, folder: Path) -> str:
        return self.server.address

    def drop(self, url: str) -> None:
        self.server.drop(url)

    def forget(self, folder: Path) -> None:
        for known in [known for known in self.urls if known.is_relative_to(folder)]:
            self.server.drop(self.urls.pop(known))
