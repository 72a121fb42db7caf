"""A real server on a free port with a library of its own, and a real Chromium before it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from app.settings import SHIPPED_MODEL, Settings
from app.supervisor import child_environment
from tests.conftest import missing

PATIENCE = 90_000  # milliseconds: nothing waits longer than it needs, but a busy machine is slow


@pytest.fixture(scope="session")
def browser(browser_path: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=browser_path, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An empty home and the shipped reader."""
    if not (SHIPPED_MODEL / "config.json").exists():
        missing("no reader in app/model: put the trained one there")
    return Settings(home=tmp_path_factory.mktemp("served") / "home", model=SHIPPED_MODEL)


@pytest.fixture(scope="session")
def address(settings: Settings) -> Iterator[str]:
    """Where `readonce ui` serves the page, to all tests that need no server of their own."""
    with served(settings) as url:
        yield url


@contextmanager
def served(settings: Settings, port: int = 0) -> Iterator[str]:
    """The address of a server with these settings, ended with the block."""
    with running(settings, port) as (url, _):
        yield url


@contextmanager
def running(
    settings: Settings, port: int = 0, before: str = ""
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same, and the process, which may be ended before; it runs this code first."""
    server, url = serving(settings, port, before)
    try:
        yield url, server
    finally:
        server.terminate()
        server.wait(30)


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def serving(
    settings: Settings, port: int = 0, before: str = ""
) -> tuple[subprocess.Popen[bytes], str]:
    """A server with these settings that answers, the first of a group of processes; its address."""
    port = port or free_port()
    command = f"{before}\nfrom app.cli import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", command, "ui", "--port", str(port), "--no-browser"],
        env={**os.environ, **child_environment(settings)},
        start_new_session=True,
    )
    url = f"http://localhost:{port}"
    _wait_for(f"{url}/_stcore/health", server)
    return server, url


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 90
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            assert server.poll() is None, "the server ended before it answered"
            assert time.monotonic() < give_up, "the server does not answer"
            time.sleep(0.2)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 1360, "height": 950}) as opened:
        opened.set_default_timeout(PATIENCE)
        yield opened


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def strangers(page: Page, address: str) -> list[str]:
    """What the page asked of anybody but its own server: to be found empty in the end."""
    found: list[str] = []

    def note(request: Request) -> None:
        if not re.match(rf"({address}|{address.replace('http', 'ws')}|data:|blob:)", request.url):
            found.append(request.url)

    page.on("request", note)
    return found


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A narrow screen that is touched."""
    with browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True
    ) as opened:
        opened.set_default_timeout(PATIENCE)
        yield opened.new_page()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go; READONCE_SCREENSHOTS names a folder to keep them in."""
    named = os.environ.get("READONCE_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
