"""What every test may use: a home of its own, the real browser, and a word on what is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow too")


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
