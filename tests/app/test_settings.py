from __future__ import annotations

import stat
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from app.errors import BadSettings
from app.service import open_service
from app.settings import SET_BY, SHIPPED_MODEL, Settings, read_settings
from pipelines.apart.bounds import MEGABYTE, Bounds
from pipelines.extract.limits import Limits


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
        home=tmp_path / "a home",
        owner="ann",
        database_url=f"sqlite:///{tmp_path}/x.db",
        most_pages=7,
        most_memory_mb=300,
    )
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of files")
def test_the_home_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    open_service(settings).library.close()
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%3Fb", "a b", "ä"])
def test_the_library_lies_in_the_home_whatever_its_name(name: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / name)
    open_service(settings).library.close()
    assert (tmp_path / name / "library.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("variable", ["READONCE_HOME", "READONCE_MODEL"])
def test_the_folder_of_a_user_that_does_not_exist_is_told(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "~nosuchuser/x")
    with pytest.raises(BadSettings, match=rf"^{variable} is ~nosuchuser/x, .* whole path\.$"):
        read_settings()


def test_an_unknown_way_to_hold_weights_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("READONCE_WEIGHTS", "int4")
    with pytest.raises(BadSettings, match=r"READONCE_WEIGHTS is 'int4'\. .*'int8'"):
        read_settings()


def test_limits_are_settings_and_each_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Settings().limits, Settings().bounds) == (Limits(), Bounds())
    for name in SET_BY.values():
        monkeypatch.setenv(f"READONCE_{name.upper()}", "7")
    changed = {**asdict(Settings().limits), **asdict(Settings().bounds)}
    assert changed.pop("small_bytes") == Limits().small_bytes
    assert changed.pop("ocr") == ""
    assert changed.keys() == SET_BY.keys()
    assert all(value in (7, 7 * MEGABYTE) for value in changed.values())


def test_the_languages_of_recognition_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READONCE_OCR", "eng+chi_sim")
    assert Settings().limits.ocr == "eng+chi_sim"
    assert Settings().environment()["READONCE_OCR"] == "eng+chi_sim"
    monkeypatch.setenv("READONCE_OCR", "eng --psm")
    with pytest.raises(BadSettings, match=r"^READONCE_OCR is 'eng --psm'"):
        read_settings()


def test_a_limit_of_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READONCE_MOST_PAGES", "0")
    with pytest.raises(BadSettings, match=r"^READONCE_MOST_PAGES is '0'\. Input should be greater"):
        read_settings()
