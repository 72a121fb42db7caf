"""A question on its way to an answer: through a refresh, a closed tab and a server that dies."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.service import open_service
from app.settings import SHIPPED_MODEL, Settings
from pipelines.document import Upload
from tests.browser.steps import QUESTION, look_at, question_box, settled, valley_pdf
from tests.serving import free_port, running

pytestmark = pytest.mark.browser

STALLED = """
import time
from pathlib import Path
from app import conversing
from pipelines.answer import PassagesFound, SentenceWritten

whole = conversing.conversing

def stalled(*given, **named):
    yield SentenceWritten("A sentence that came first.")
    while not (Path(given[0].settings.home) / "go").exists():
        time.sleep(0.05)
        yield PassagesFound(3, 1)
    return (yield from whole(*given, **named))

conversing.conversing = stalled
"""
"""What a server does before it serves, so that an answer takes as long as a test needs."""


def _ask(page: Page) -> None:
    question_box(page).fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()


def _is_on_the_way(page: Page) -> None:
    expect(page.locator(".asked")).to_have_text(QUESTION)
    expect(page.locator(".written")).to_have_text("A sentence that came first.")
    expect(page.locator(".st-key-stop-answer button")).to_be_visible()


def test_a_question_outlives_the_page_the_tab_and_the_server(
    context: BrowserContext, tmp_path: Path, pictures: Path
) -> None:
    settings = Settings(home=tmp_path / "home", model=SHIPPED_MODEL)
    with open_service(settings) as service:
        (settings.home / "sample-added").touch()
        *_, last = service.add(Upload("valley.pdf", valley_pdf("A Valley")))
    assert last.document is not None
    port = free_port()
    with running(settings, port, STALLED) as (address, server):
        page = context.new_page()
        page.goto(f"{address}/document?doc={last.document.id}")
        _ask(page)
        _is_on_the_way(page)
        page.screenshot(path=pictures / "on-the-way.png")
        page.reload()
        _is_on_the_way(page)
        page.close()
        page = context.new_page()
        page.goto(f"{address}/document?doc={last.document.id}")
        _is_on_the_way(page)
        page.locator(".st-key-stop-answer button").click()
        expect(page.get_by_text("has no answer yet")).to_be_visible()
        expect(page.locator(".asked")).to_have_count(0)
        page.get_by_role("button", name="Ask it").click()
        _is_on_the_way(page)
        server.kill()
        server.wait(30)
        page.close()
    with running(settings, port) as (address, _):
        page = context.new_page()
        page.goto(f"{address}/document?doc={last.document.id}")
        expect(page.get_by_text("has no answer yet")).to_contain_text(QUESTION.rstrip("?"))
        settled(page)
        page.screenshot(path=pictures / "no-answer-yet.png")
        page.get_by_role("button", name="Ask it").click()
        expect(page.locator(".quote")).to_contain_text("Anna Velling")
        expect(page.get_by_text("has no answer yet")).to_have_count(0)
        page.get_by_role("button", name="Ask this again").click()
        expect(page.locator(".quote")).to_have_count(1)
        expect(page.locator(".asked")).to_have_text(QUESTION)
        look_at(page, "Conversations")
        expect(page.get_by_role("button", name=QUESTION)).to_have_count(1)
