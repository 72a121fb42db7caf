"""Two people who sign in with passwords, and how they do."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from app.settings import Settings
from tests.browser.steps import browsing

PASSWORDS = {"ann": "a long secret of ann", "bob": "a long secret of bob"}


@dataclass(frozen=True, slots=True)
class Team:
    """A server that asks for passwords, and the id of ann's document."""

    address: str
    settings: Settings
    document: str


def sign_in(browser: Browser, team: Team, name: str, password: str, onward: str = "/") -> Page:
    """A page in a browser of its own, in which somebody has signed in."""
    page = browsing(browser)
    page.goto(f"{team.address}{onward}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    return page
