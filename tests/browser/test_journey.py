"""What a visitor does, in a real browser before a real server: hand in, wait, ask, see."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import (
    QUESTION,
    ask,
    hand_in,
    hand_in_valley,
    look_at,
    question_box,
    settled,
    walk,
)

pytestmark = pytest.mark.browser


def yellow(picture: Locator) -> int:
    """How many points of a picture on the screen have the colour of the marker."""
    shot = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
    red, green, blue = np.moveaxis(np.asarray(shot), 2, 0)
    return int(((red > 220) & (green > 190) & (blue < 170)).sum())


def test_upload_ask_see_the_page_refresh_and_share_the_address(
    page: Page, address: str, tmp_path: Path, pictures: Path, strangers: list[str]
) -> None:
    hand_in_valley(page, address, tmp_path, "A Valley")
    ask(page, QUESTION)
    expect(page.locator(".context .sentence")).to_contain_text("Anna Velling opened the first")
    picture = page.locator('[data-testid="stImage"] img')
    expect(picture).to_be_visible()
    settled(page)
    page.screenshot(path=pictures / "answer.png", full_page=True)
    assert yellow(picture) > 300, "the sentence is marked on the picture of the page"
    page.reload()
    expect(page.locator(".asked")).to_have_text(QUESTION)
    ask(page, "What did the mill grind?")
    page.locator('[class*="st-key-place-0-0"] button').first.click()
    expect(page.locator('[class*="st-key-turn-0-chosen"] .context')).to_contain_text("Anna Velling")
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".asked")).to_have_count(2)
    expect(other.locator('[class*="st-key-turn-0-chosen"] .context')).to_contain_text("Velling")
    assert strangers == [], "the page asks nobody but its own server"


def test_another_citation_is_one_click_away(page: Page, address: str, tmp_path: Path) -> None:
    hand_in_valley(page, address, tmp_path, "Another Valley")
    ask(page, "What did the mill of the valley grind?")
    before = page.locator(".context .sentence").inner_text()
    page.locator('[class*="st-key-place-0-1"] button').first.click()
    expect(page.locator(".context .sentence")).not_to_have_text(before)


def test_the_sample_has_questions_a_summary_an_outline_and_figures(
    page: Page, address: str, pictures: Path
) -> None:
    page.goto(address)
    page.get_by_role("link", name="Halvern").click()
    page.locator(".st-key-suggestions button").first.click()
    expect(page.locator(".quote, .verdict")).to_have_count(1)
    settled(page)
    page.screenshot(path=pictures / "sample-answer.png", full_page=True)
    for view, found in (("Summary", ".said"), ("Outline", "a[href*='outline']")):
        look_at(page, view)
        expect(page.locator(found).first).to_be_visible()
        settled(page)
        page.screenshot(path=pictures / f"{view.lower()}.png", full_page=True)
    page.get_by_role("link", name="The fleet").first.click()
    expect(page.locator(".st-key-turner .place")).to_contain_text("Page 7")
    look_at(page, "Key figures")
    expect(page.locator(".said").first).to_be_visible()


def test_all_documents_are_asked_summarised_in_a_batch_and_remembered(
    page: Page, address: str, tmp_path: Path, pictures: Path
) -> None:
    hand_in_valley(page, address, tmp_path, "A Third Valley")
    page.get_by_role("link", name="What it remembers").click()
    expect(page.get_by_role("heading", name="What it saves")).to_be_visible()
    expect(page.locator('[data-testid="stVegaLiteChart"] canvas, svg.marks')).to_have_count(3)
    settled(page)
    page.screenshot(path=pictures / "memory.png", full_page=True)
    page.get_by_role("link", name="Ask everything").click()
    ask(page, QUESTION)
    expect(page.locator(".quote, .verdict")).to_be_visible()
    settled(page)
    page.screenshot(path=pictures / "everything.png", full_page=True)
    page.get_by_role("link", name="Batch").click()
    page.get_by_label("Only documents with these words").fill("third valley")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 document of")).to_be_visible()
    page.get_by_role("button", name="Begin").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON lines").click()
    (line,) = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert "valley" in json.loads(line)["text"]
    settled(page)
    page.screenshot(path=pictures / "batch.png", full_page=True)


def test_a_bad_file_is_told_and_a_document_is_renamed_deleted_and_taken_back(
    page: Page, address: str, tmp_path: Path, pictures: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 broken")
    hand_in(page, address, broken)
    told = page.get_by_text("broken.pdf is damaged")
    told.wait_for()
    page.get_by_role("button", name="Dismiss").click()
    expect(told).to_have_count(0)
    page.get_by_text("Paste text", exact=True).click()
    page.get_by_label("Title", exact=True).fill("A note to rename")
    page.get_by_label("Text", exact=True).fill("The mill burned down in 1901, and nobody was hurt.")
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("heading", name="A note to rename")).to_be_visible()
    page.get_by_role("link", name="Library").click()
    entry = page.locator('[class*="st-key-entry-"]').filter(has_text="A note to rename")
    entry.get_by_role("button").click()
    entry.get_by_role("textbox", name="Title").fill("The fire of the mill")
    entry.get_by_role("textbox", name="Tags").fill("fire, mill")
    entry.get_by_role("button", name="Keep these").click()
    entry = page.locator('[class*="st-key-entry-"]').filter(has_text="The fire of the mill")
    expect(entry.locator(".tag")).to_have_text(["fire", "mill"])
    settled(page)
    page.screenshot(path=pictures / "library.png", full_page=True)
    entry.get_by_role("button").first.click()
    entry.get_by_role("button", name="Delete").click()
    expect(entry).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Undo").click()
    expect(entry).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_each_page_without_scrolling_sideways(
    phone: Page, address: str, tmp_path: Path, pictures: Path, scheme: str
) -> None:
    phone.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    hand_in_valley(phone, address, tmp_path, f"A {scheme} Valley")
    ask(phone, QUESTION)
    expect(phone.locator('[data-testid="stImage"] img')).to_be_visible()
    _fits(phone, pictures / f"phone-document-{scheme}.png")
    for place in walk(phone, address):
        _fits(phone, pictures / f"phone-{place}-{scheme}.png")


def _fits(phone: Page, picture: Path) -> None:
    settled(phone)
    phone.screenshot(path=picture, full_page=True)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), picture.stem


def test_everything_is_reached_by_keyboard_and_has_a_name(
    page: Page, address: str, tmp_path: Path
) -> None:
    hand_in_valley(page, address, tmp_path, "A Valley of Keys")
    question_box(page).focus()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".quote, .verdict")).to_have_count(1)
    settled(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement !== document.body")
    assert page.evaluate(_NAMELESS) == []
    for place in walk(page, address):
        assert page.evaluate(_NAMELESS) == [], place


_NAMELESS = """() => [...document.querySelectorAll("button, a[href], input, textarea, img")]
  .filter(e => e.offsetParent !== null && e.type !== "file")
  .filter(e => !(e.innerText || e.ariaLabel || e.alt || e.title || e.labels?.length))
  .filter(e => !(e.getAttribute("aria-labelledby") || e.querySelector("[aria-label], svg title")))
  .map(e => e.outerHTML.slice(0, 200))"""
