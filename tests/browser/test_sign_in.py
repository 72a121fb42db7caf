"""Two people with passwords: each finds their own documents and those shared, and no others."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.service import open_service
from app.users import Users
from tests.browser.steps import QUESTION, ask, settled
from tests.browser.team import PASSWORDS, Team, sign_in

pytestmark = pytest.mark.browser


def answered(request: urllib.request.Request) -> int:
    """The status of an answer."""
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


@pytest.mark.parametrize("path", ["/", "/document?doc=x", "/_stcore/host-config", "/media/x.png"])
def test_nothing_is_given_to_who_has_not_signed_in(team: Team, path: str) -> None:
    assert answered(urllib.request.Request(f"{team.address}{path}")) == 401


def test_a_pass_that_somebody_made_up_opens_nothing(team: Team) -> None:
    made_up = urllib.request.Request(f"{team.address}/", headers={"Cookie": "readonce-pass=YW5u"})
    assert answered(made_up) == 401


def test_a_form_that_another_site_sends_is_refused(team: Team) -> None:
    form = f"name=ann&password={PASSWORDS['ann'].replace(' ', '+')}".encode()
    foreign = {"Origin": "http://elsewhere.invalid"}
    sent = urllib.request.Request(f"{team.address}/sign-in", form, foreign)
    assert answered(sent) == 403


def test_each_sees_their_own_and_what_is_shared_until_it_is_not(
    browser: Browser, team: Team, pictures: Path
) -> None:
    wrong = sign_in(browser, team, "bob", PASSWORDS["ann"])
    expect(wrong.get_by_role("alert")).to_contain_text("do not belong together")
    wrong.screenshot(path=pictures / "sign-in.png")
    address = f"/document?doc={team.document}"
    bob = sign_in(browser, team, "Bob", PASSWORDS["bob"], address)
    expect(bob.get_by_text("not in your library")).to_be_visible()
    ann = sign_in(browser, team, "ann", PASSWORDS["ann"])
    entry = ann.locator('[class*="st-key-entry-"]').filter(has_text="Plan of Ann")
    entry.get_by_role("button").click()
    settled(ann)  # a click into what is being drawn anew is lost
    entry.get_by_text("Everybody here may read it").click()
    expect(entry.get_by_label("Everybody here may read it")).to_be_checked()
    entry.get_by_role("button", name="Share", exact=True).click()
    expect(entry.locator(".line")).to_contain_text("shared")
    settled(ann)
    ann.screenshot(path=pictures / "sharing.png", full_page=True)
    bob.goto(f"{team.address}{address}")
    ask(bob, QUESTION)
    bob.reload()
    expect(bob.locator(".asked")).to_have_text(QUESTION)
    talk = bob.url
    ann.goto(talk)
    expect(ann.get_by_role("heading", name="Plan of Ann")).to_be_visible()
    settled(ann)
    expect(ann.locator(".asked")).to_have_count(0)
    with open_service(team.settings) as service:
        service.library.shelf.share("ann", team.document, [])
    bob.goto(talk)
    expect(bob.get_by_text("not in your library")).to_be_visible()
    assert "Velling" not in bob.locator("body").inner_text()
    bob.get_by_role("link", name="Sign out").click()
    expect(bob.get_by_label("Password")).to_be_visible()
    bob.goto(f"{team.address}/")
    expect(bob.get_by_label("Password")).to_be_visible()


def test_who_is_removed_is_out_at_once(browser: Browser, team: Team) -> None:
    Users(team.settings.home).add("carl", "a long secret of carl")
    carl = sign_in(browser, team, "carl", "a long secret of carl")
    carl.locator("h1.title").wait_for()
    Users(team.settings.home).remove("carl")
    carl.goto(f"{team.address}/")
    expect(carl.get_by_label("Password")).to_be_visible()


def test_no_word_of_a_document_or_a_question_is_in_the_logs(team: Team) -> None:
    logs = [path.read_text(encoding="utf-8") for path in team.settings.logs.rglob("*.*")]
    assert logs
    assert not [log for log in logs if "Velling" in log or "Plan of Ann" in log]
