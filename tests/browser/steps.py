"""What a visitor does, in short words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from app.conversing import About
from app.service import open_service
from app.settings import Settings
from pipelines.document import Upload
from tests.pipelines.pdfs import Page as Sheet
from tests.pipelines.pdfs import pdf_of

PATIENCE = 90_000  # milliseconds: nothing waits longer than it needs, but a busy machine is slow
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


def valley_pdf(title: str) -> bytes:
    """Two pages about a valley; every title makes another document."""
    return pdf_of(SHEETS, title=title)


def hand_in(page: Page, address: str, file: Path) -> None:
    """Hand a file in on the library page."""
    page.goto(address)
    page.locator('input[type="file"]').first.set_input_files(file)


def hand_in_valley(page: Page, address: str, folder: Path, title: str) -> None:
    """Hand a document in and wait until its own page is there to be asked."""
    file = folder / f"{title}.pdf"
    file.write_bytes(valley_pdf(title))
    hand_in(page, address, file)
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(question_box(page)).to_be_visible()


def question_box(page: Page) -> Locator:
    return page.get_by_label("Your question").or_(page.get_by_label("Your next question"))


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the answer."""
    before = page.locator(".asked").count()
    question_box(page).fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".asked")).to_have_count(before + 1)
    expect(page.locator(".quote, .verdict")).to_have_count(before + 1)


def look_at(page: Page, view: str) -> None:
    """Choose one of the views of a document."""
    page.get_by_role("radiogroup", name="What to look at").get_by_text(view, exact=True).click()


def walk(page: Page, address: str, query: str = "") -> Iterator[str]:
    """Every page but the document's, one after another, by its name, when it is drawn."""
    for place in ("", "ask", "batch", "memory"):
        page.goto(f"{address}/{place}{query}")
        page.locator("h1.title").wait_for()
        settled(page)
        yield place or "library"


def settled(page: Page) -> None:
    """Wait until the page is drawn and nothing is on its way any more."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.wait_for_load_state("networkidle")
    expect(page.locator('[data-testid="stSkeleton"]')).to_have_count(0)


def browsing(browser: Browser) -> Page:
    """A page in a browser of its own, which shares no sign-in with any other."""
    page = browser.new_context(viewport={"width": 1360, "height": 950}).new_page()
    page.set_default_timeout(PATIENCE)
    return page


def with_plan_of_ann(settings: Settings, ann: str) -> tuple[str, str]:
    """A library without the sample, with a document of ann's and a talk about it: their ids."""
    with open_service(settings) as service:
        (settings.home / "sample-added").touch()
        anns = service.as_owner(ann)
        *_, last = anns.add(Upload("plan.pdf", valley_pdf("Plan of Ann")))
        assert last.document is not None
        talk = anns.converse(About((last.document.id,)), QUESTION).conversation
        return last.document.id, talk.id
