"""A document that was read, and the archive of it: made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import Settings
from tests.app.archive.carrying import exported
from tests.app.damaging import prepared


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, reader_folder: Path) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("sender"), model=reader_folder)
    prepared(settings)
    return settings


@pytest.fixture(scope="session")
def archive(home: Settings) -> bytes:
    return exported(home, home.home / "long.readonce")
