"""A real server on a free port with a library of its own, and a real Chromium before it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from app.settings import SHIPPED_MODEL, Settings
from app.users import Users
from tests.browser.steps import PATIENCE, with_plan_of_ann
from tests.browser.team import PASSWORDS, Team
from tests.conftest import missing
from tests.serving import served


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


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A server that asks for passwords."""
    home = tmp_path_factory.mktemp("team") / "home"
    settings = Settings(home=home, model=SHIPPED_MODEL, sign_in="password")
    for name, password in PASSWORDS.items():
        Users(home).add(name, password)
    document, _ = with_plan_of_ann(settings, "ann")
    with served(settings) as address:
        yield Team(address, settings, document)
