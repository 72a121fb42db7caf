"""A library in a temporary folder, or in a database made for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.library import Library, open_library
from tests.backends import Backend
from tests.storage.making import Clock


@pytest.fixture
def url(backend: Backend, tmp_path: Path) -> Iterator[str]:
    """The address of an empty library."""
    yield backend.url(tmp_path)
    backend.forget(tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def library(url: str, clock: Clock) -> Iterator[Library]:
    with open_library(url, clock) as opened:
        yield opened


@pytest.fixture
def library_file(tmp_path: Path) -> Path:
    """The file of the library: a test that looks into it runs on SQLite only."""
    return tmp_path / "library.db"
