"""Packed data and an undisturbed run, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.making import make_packed, make_stage
from training.stage import Stage


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_packed(tmp_path_factory.mktemp("data"))


@pytest.fixture
def stage(packed: Path, tmp_path: Path) -> Stage:
    return make_stage(packed, tmp_path / "run")
