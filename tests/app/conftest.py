"""A home of its own for every test, a tiny real reader, a service over both, and the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.conversing import About
from app.screens.serve import SCRIPT
from app.service import Service, open_service
from app.settings import Settings
from pipelines.document import Upload
from storage.records import DocumentRecord
from tests.app.commanding import readonce
from tests.app.making import long_text, make_reader
from tests.app.pages import add, turn_to
from tests.app.publishing import publish
from tests.backends import Backend, PostgresBackend
from tests.tiny_tokenizer import OTHER_LINES, tiny_tokenizer


@pytest.fixture(scope="session")
def reader_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_reader(tmp_path_factory.mktemp("reader") / "model")


@pytest.fixture(scope="session")
def other_reader_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader of the same shape with other weights."""
    return make_reader(tmp_path_factory.mktemp("other") / "model", seed=1)


@pytest.fixture(scope="session", params=[0, 1], ids=["same_weights", "other_weights"])
def retokenized_folder(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    """A reader of the same shape that cuts text into other tokens."""
    folder = tmp_path_factory.mktemp("retokenized") / "model"
    return make_reader(folder, seed=request.param, tokenizer=tiny_tokenizer(OTHER_LINES))


@pytest.fixture
def settings(
    tmp_path: Path, reader_folder: Path, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """Settings that the environment of this process and of its children names too."""
    monkeypatch.setenv("READONCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("READONCE_MODEL", str(reader_folder))
    if isinstance(backend, PostgresBackend):
        monkeypatch.setenv("READONCE_DATABASE_URL", backend.url(tmp_path))
    yield Settings()
    backend.forget(tmp_path)


@pytest.fixture
def library_file(settings: Settings) -> Path:
    """The file of the library: a test that looks into it runs on SQLite only."""
    return settings.home / "library.db"


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    with open_service(settings) as opened:
        yield opened


@pytest.fixture
def page(
    settings: Settings, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AppTest]:
    """The library page before its first run, without the sample; a worker where it is marked so."""
    working = request.node.get_closest_marker("working")
    monkeypatch.setenv("READONCE_WORKERS", "1" if working else "0")
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / "sample-added").touch()
    yield AppTest.from_file(str(SCRIPT), default_timeout=60)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def document(page: AppTest, service: Service) -> DocumentRecord:
    """A document that has been read, with the page turned to it."""
    added = add(service)
    turn_to(page, "document", doc=added.id)
    return added


@pytest.fixture
def chronicle(tmp_path: Path, settings: Settings) -> Path:
    """A file that is in the library."""
    path = tmp_path / "chronicle.txt"
    path.write_text(long_text(90), encoding="utf-8")
    assert readonce("add", str(path)).exit_code == 0
    return path


@pytest.fixture
def about(service: Service) -> About:
    """A document that has been read, to talk about."""
    list(service.add(Upload("chronicle.txt", long_text(40).encode())))
    return About((service.show("chronicle").id,))


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return publish(tmp_path / "elsewhere" / "small-retnet")
