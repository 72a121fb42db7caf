"""A long file uploads and is read while another person asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.service import open_service
from benchmarks.sessions import prose_pdf
from storage.records import DocumentRecord
from tests.app.test_worker import until
from tests.browser.steps import QUESTION, ask, hand_in, question_box
from tests.browser.team import PASSWORDS, Team, sign_in

pytestmark = pytest.mark.browser

_HOUR = 3600


@pytest.mark.timeout(_HOUR)
@pytest.mark.parametrize("pages", [20, pytest.param(500, marks=pytest.mark.slow)])
def test_a_long_file_is_read_while_another_person_asks(
    browser: Browser, team: Team, tmp_path: Path, pages: int
) -> None:
    file = tmp_path / f"long-{pages}.pdf"
    file.write_bytes(prose_pdf(pages))
    bob = sign_in(browser, team, "bob", PASSWORDS["bob"])
    bob.locator("h1.title").wait_for()
    hand_in(bob, team.address, file)
    with open_service(team.settings) as service:
        bobs = service.as_owner("bob")

        def long() -> DocumentRecord | None:
            return next((each for each in bobs.list() if each.file_name == file.name), None)

        until(lambda: getattr(long(), "tokens_read", 0) > 0, 300)
        page = f"/document?doc={team.document}"
        ann = sign_in(browser, team, "ann", PASSWORDS["ann"], page)
        ask(ann, QUESTION)
        expect(ann.locator(".quote")).to_contain_text("Anna Velling")
        meanwhile = long()
        assert meanwhile is not None
        assert pages < 500 or not meanwhile.finished, "the answer did not wait for the reading"
        until(lambda: bobs.show(meanwhile.id).finished, _HOUR)
    assert meanwhile.pages == pages
    expect(question_box(bob)).to_be_visible()
