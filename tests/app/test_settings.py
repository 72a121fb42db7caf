from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from app.service import open_service
from app.settings import SHIPPED_MODEL, Settings


def test_without_variables_everything_lies_in_the_home_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("READONCE_HOME")
    settings = Settings()
    assert settings.home == Path.home() / ".readonce"
    assert settings.library_url.endswith("/.readonce/library.db")
    assert (settings.model, settings.owner) == (SHIPPED_MODEL, "local")


def test_an_empty_variable_is_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READONCE_MODEL", "")
    monkeypatch.setenv("READONCE_OWNER", "")
    assert (Settings().model, Settings().owner) == (SHIPPED_MODEL, "local")


def test_a_child_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path / "a home", owner="ann", database_url=f"sqlite:///{tmp_path}/x.db"
    )
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of files")
def test_the_home_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    open_service(settings).library.close()
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700
