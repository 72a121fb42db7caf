"""What a visitor does, in a real browser before a real server: hand in, wait, ask, see."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Request, expect

from tests.pipelines.pdfs import Page as Sheet
from tests.pipelines.pdfs import pdf_of

pytestmark = pytest.mark.browser

SHEETS = [
    Sheet(lines=("The valley of the Marden had no school for a long time.",)),
    Sheet(
        lines=(
            "Anna Velling opened the first school of the valley in 1873.",
            "Her brother built the mill, and the mill ground corn until the flood.",
        )
    ),
]
QUESTION = "Who opened the first school of the valley?"


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "valley.pdf"
    path.write_bytes(pdf_of(SHEETS, title="A Valley"))
    return path


def hand_in(page: Page, address: str, file: Path) -> None:
    page.goto(address)
    page.locator('input[type="file"]').first.set_input_files(file)


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator(".quote, .verdict").first.wait_for()


def test_upload_wait_ask_and_see_the_sentence_marked_on_its_page(
    page: Page, address: str, valley: Path, pictures: Path
) -> None:
    strangers: list[str] = []
    page.on("request", lambda request: _note_stranger(request, address, strangers))
    hand_in(page, address, valley)
    expect(page.get_by_role("heading", name="A Valley")).to_be_visible()
    ask(page, QUESTION)
    expect(page.locator(".quote")).to_be_visible()
    cited = page.locator(".context .sentence")
    expect(cited).to_contain_text("Anna Velling opened the first school")
    picture = page.locator('[data-testid="stImage"] img')
    expect(picture).to_be_visible()
    expect(page.locator(".context mark").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=pictures / "answer.png", full_page=True)
    assert yellow(picture) > 500, "the sentence is marked on the picture of the page"
    assert strangers == [], "the page asks nobody but its own server"


def _note_stranger(request: Request, address: str, strangers: list[str]) -> None:
    if not re.match(rf"({address}|{address.replace('http', 'ws')}|data:|blob:)", request.url):
        strangers.append(request.url)


def yellow(picture: Locator) -> int:
    """How many points of a picture on the screen have the colour of the marker."""
    shot = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
    red, green, blue = np.moveaxis(np.asarray(shot), 2, 0)
    return int(((red > 220) & (green > 190) & (blue < 170)).sum())


def test_the_address_of_a_document_can_be_kept_and_opened_again(
    page: Page, address: str, valley: Path
) -> None:
    hand_in(page, address, valley)
    expect(page.get_by_role("heading", name="A Valley")).to_be_visible()
    kept = page.url
    assert re.search(r"\?doc=[0-9a-f]{12}$", kept)
    page.goto(address)
    page.goto(kept)
    expect(page.get_by_role("heading", name="A Valley")).to_be_visible()


def test_the_sample_waits_with_questions_and_suggestions_are_answered(
    page: Page, address: str, pictures: Path
) -> None:
    quoted = [_suggestion_is_quoted(page, address, number, pictures) for number in range(3)]
    assert any(quoted), "no suggestion is answered with a quote"


def _suggestion_is_quoted(page: Page, address: str, number: int, pictures: Path) -> bool:
    """Ask one suggestion in a visit of its own."""
    page.goto(address)
    sample = page.locator('[data-testid="stSidebar"]').get_by_role("button", name="Halvern")
    sample.click()
    suggestion = page.locator(".st-key-suggestions button").nth(number)
    suggestion.wait_for()
    page.screenshot(path=pictures / "sample.png")
    suggestion.click()
    page.locator(".quote, .verdict").first.wait_for()
    page.locator('[data-testid="stImage"] img').wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=pictures / f"sample-answer-{number + 1}.png", full_page=True)
    return page.locator(".quote").count() > 0


def test_another_citation_is_one_click_away(page: Page, address: str, valley: Path) -> None:
    hand_in(page, address, valley)
    expect(page.get_by_role("heading", name="A Valley")).to_be_visible()
    ask(page, "What did the mill of the valley grind?")
    places = page.locator('[class*="st-key-place-"] button')
    places.nth(1).wait_for()
    before = page.locator(".context .sentence").inner_text()
    places.nth(1).click()
    expect(page.locator(".context .sentence")).not_to_have_text(before)


def test_a_bad_file_is_told_in_a_sentence_that_can_be_dismissed(
    page: Page, address: str, tmp_path: Path, pictures: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 broken")
    hand_in(page, address, broken)
    told = page.get_by_text("broken.pdf is damaged")
    told.wait_for()
    page.screenshot(path=pictures / "error.png")
    page.get_by_role("button", name="Dismiss").click()
    expect(told).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_answer_without_scrolling_sideways(
    phone: Page, address: str, valley: Path, pictures: Path, scheme: str
) -> None:
    phone.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    hand_in(phone, address, valley)
    expect(phone.get_by_role("heading", name="A Valley")).to_be_visible()
    ask(phone, QUESTION)
    phone.locator('[data-testid="stImage"] img').wait_for()
    phone.wait_for_load_state("networkidle")
    phone.screenshot(path=pictures / f"phone-{scheme}.png", full_page=True)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_deleting_takes_the_document_from_the_page(page: Page, address: str, valley: Path) -> None:
    hand_in(page, address, valley)
    expect(page.get_by_role("heading", name="A Valley")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", name="A Valley")).to_have_count(0)
    expect(page.locator('[data-testid="stSidebar"]').get_by_text("A Valley")).to_have_count(0)
