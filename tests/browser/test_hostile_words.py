"""Words that are code somewhere, as names, titles, text, tags and questions: only words here."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.service import open_service
from app.settings import Settings
from pipelines.document import Upload
from tests.browser.steps import ask, look_at, question_box, settled, walk

pytestmark = pytest.mark.browser

CORPUS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    '"><svg onload=window.hacked=1>',
    "</style></div><iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "[click](javascript:window.hacked=1)",
    "![picture](http://stranger.invalid/pixel.png)",
    '<a href="javascript:hacked=1" onmouseover="hacked=1">link</a>',
    "{{constructor.constructor('hacked=1')()}} ${hacked=1}",
    ":red[colour] $x^2$ `code` **bold** # heading",
    "<math><mtext></style><img src=x onerror=hacked=1></math>",
    "&lt;script&gt;hacked=1&lt;/script&gt; &#x3c;img src=x onerror=hacked=1&#x3e;",
)
LINES = [f"Rule {number} of the guild is {words} and nothing else." for number, words in
         enumerate(CORPUS, start=1)]  # fmt: skip


def test_hostile_words_are_shown_as_words_on_every_page(
    page: Page, address: str, settings: Settings, pictures: Path, strangers: list[str]
) -> None:
    document_id = _hostile_document(settings)
    for _ in walk(page, address, f"?doc={document_id}"):
        _is_inert(page)
    page.goto(f"{address}/document?doc={document_id}")
    question_box(page).wait_for()
    settled(page)
    _is_inert(page)
    ask(page, f"What is rule 2 of the guild, {CORPUS[1]}?")
    ask(page, f"What is rule 6 of the guild, {CORPUS[5]}?")
    expect(page.locator(".asked").first).to_contain_text(CORPUS[1])
    settled(page)
    page.screenshot(path=pictures / "hostile.png", full_page=True)
    _is_inert(page)
    for view in ("Summary", "Key figures", "Conversations"):
        look_at(page, view)
        settled(page)
        _is_inert(page)
    page.goto(f"{address}/document?doc={document_id}&ask={CORPUS[0]}&talk={CORPUS[1]}&view=%3Cb%3E")
    page.locator("h1.title").wait_for()
    settled(page)
    expect(page.get_by_text("has no answer yet")).to_contain_text(CORPUS[0])
    _is_inert(page)
    assert strangers == []


def _hostile_document(settings: Settings) -> str:
    """A document of hostile words with a hostile file name, title and tags."""
    with open_service(settings) as service:
        name = f"{CORPUS[1]} {CORPUS[4]}.txt".replace("/", " ")
        *_, last = service.add(Upload(name, "\n\n".join([CORPUS[0], *LINES]).encode()))
        assert last.document is not None
        shelf, owner = service.library.shelf, settings.owner
        shelf.rename(owner, last.document.id, " ".join(CORPUS[:6]))
        shelf.tag(owner, last.document.id, [*CORPUS])
        return last.document.id


def _is_inert(page: Page) -> None:
    assert page.evaluate("window.hacked") is None
    assert page.locator("iframe, [onerror], [onload], a[href^='javascript:']").count() == 0
    assert page.locator("img[src*='stranger'], img[src='x']").count() == 0
    assert page.locator('[data-testid="stException"]').count() == 0
