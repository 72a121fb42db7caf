"""Signing in through a provider, as a real browser does it; two people on every page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.commands.ui import _require_safe
from app.errors import NotSafeToServe
from app.settings import SHIPPED_MODEL, Settings
from tests.browser.provider import CLIENT, SECRET, Provider, provider
from tests.browser.steps import QUESTION, browsing, settled, with_plan_of_ann
from tests.serving import free_port, served

pytestmark = pytest.mark.browser

PEOPLE = {
    "ann": {"email": "Ann@example.org", "email_verified": True},
    "bob": {"email": "bob@example.org", "email_verified": True},
    "mal": {"email": "ann@example.org", "email_verified": False},
    "nobody": {},
}
WORDS = ("Velling", "Plan of Ann")


@dataclass(frozen=True, slots=True)
class Place:
    """A server that leaves sign-in to a provider; where ann's document and talk are."""

    address: str
    vouching: Provider
    document: str
    talk: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("provided") / "home"
    settings = Settings(home=home, model=SHIPPED_MODEL, sign_in="oidc")
    document, talk = with_plan_of_ann(settings, "ann@example.org")
    with provider(PEOPLE) as vouching:
        port = free_port()
        settings.secrets.write_text(_secrets(port, vouching), encoding="utf-8")
        with served(settings, port) as address:
            yield Place(address, vouching, document, talk)


def _secrets(port: int, vouching: Provider) -> str:
    return f"""[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "a long random text that signs the cookie"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
server_metadata_url = "{vouching.address}/.well-known/openid-configuration"
"""


def come(browser: Browser, place: Place, who: str) -> Page:
    """A browser of its own, signed in as somebody."""
    page = browsing(browser)
    page.goto(place.address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=who, exact=True).click()
    return page


def test_two_people_find_their_own_on_every_page_and_sign_out(
    browser: Browser, place: Place, pictures: Path
) -> None:
    talk = f"doc={place.document}&talk={place.talk}&turn=1"
    stranger = browsing(browser)
    for path in ("", f"document?{talk}", "ask", "batch", f"memory?doc={place.document}"):
        stranger.goto(f"{place.address}/{path}")
        expect(stranger.get_by_role("button", name="Sign in")).to_be_visible()
        _says_nothing(stranger)
    settled(stranger)
    stranger.screenshot(path=pictures / "provider-door.png")
    ann = come(browser, place, "ann")
    expect(ann.get_by_role("link", name="Plan of Ann")).to_be_visible()
    expect(ann.locator(".who")).to_have_text("ann@example.org")
    ann.goto(f"{place.address}/document?{talk}")
    expect(ann.locator(".asked")).to_have_text(QUESTION)
    bob = come(browser, place, "bob")
    expect(bob.get_by_role("heading", name="Hand in a document, then ask it")).to_be_visible()
    for path in ("", f"document?{talk}", f"ask?talk={place.talk}", "batch", f"memory?{talk}"):
        bob.goto(f"{place.address}/{path}")
        expect(bob.locator(".who")).to_have_text("bob@example.org")
        bob.locator("h1.title").wait_for()
        settled(bob)
        _says_nothing(bob)
    ann.get_by_role("button", name="Sign out").click()
    expect(ann.get_by_role("button", name="Sign in")).to_be_visible()
    ann.goto(f"{place.address}/document?{talk}")
    expect(ann.get_by_role("button", name="Sign in")).to_be_visible()
    _says_nothing(ann)


def test_a_picture_of_a_page_is_given_to_nobody_who_has_not_signed_in(
    browser: Browser, place: Place
) -> None:
    ann = come(browser, place, "ann")
    ann.goto(f"{place.address}/document?doc={place.document}")
    picture = ann.locator('[data-testid="stImage"] img')
    picture.wait_for()
    address = picture.evaluate("image => image.src")
    assert address.startswith(f"{place.address}/media/")
    assert ann.request.get(address).status == 200
    mal = come(browser, place, "mal")
    expect(mal.get_by_text("no confirmed e-mail address")).to_be_visible()
    for other in (mal, browsing(browser)):
        assert other.request.get(address).status == 401


@pytest.mark.parametrize("who", ["mal", "nobody"])
def test_an_address_that_the_provider_does_not_confirm_opens_nothing(
    browser: Browser, place: Place, who: str
) -> None:
    page = come(browser, place, who)
    expect(page.get_by_text("no confirmed e-mail address")).to_be_visible()
    _says_nothing(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_token_with_a_foreign_signature_opens_nothing(browser: Browser, place: Place) -> None:
    place.vouching.forges = True
    try:
        page = come(browser, place, "ann")
        page.wait_for_url(f"{place.address}/**")
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        _says_nothing(page)
    finally:
        place.vouching.forges = False


def test_without_its_file_nothing_is_served(tmp_path: Path) -> None:
    with pytest.raises(NotSafeToServe, match=r"secrets\.toml"):
        _require_safe(Settings(home=tmp_path, sign_in="oidc"), "localhost")


def _says_nothing(page: Page) -> None:
    shown = page.locator("body").inner_text()
    assert not [words for words in WORDS if words in shown.replace(QUESTION, "")]
