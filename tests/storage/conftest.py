"""A library in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.library import Library
from tests.storage.making import open_at


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_at(tmp_path) as opened:
        yield opened
