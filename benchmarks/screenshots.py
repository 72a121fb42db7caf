"""The pictures of the web page in the README, taken of the sample document in a real browser."""

from __future__ import annotations

import argparse
import io
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from app.conversing import About
from app.service import Service, open_service
from app.settings import SHIPPED_MODEL, Settings
from benchmarks.sessions import add_sample
from tests.serving import served

_DOCS = Path(__file__).resolve().parent.parent / "docs"
_ASKED = "When was the cooperative founded?"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 90_000


def take(page: Page, picture: Path) -> None:
    """Wait until the page is drawn, and keep what is seen of it in 256 colours."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.wait_for_load_state("networkidle")
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        shot.convert("RGB").quantize(256).save(picture, optimize=True)
    print(f"{picture}: {picture.stat().st_size / 1000:,.0f} KB")


def _asked(service: Service, document_id: str) -> str:
    """A conversation with what there is to see; its id."""
    return service.converse(About((document_id,)), _ASKED).conversation.id


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=_DOCS)
    options = parser.parse_args(arguments)
    found = filter(shutil.which, (os.environ.get("READONCE_CHROMIUM", ""), *_BROWSERS))
    browser = next(found, None)
    if browser is None:
        raise SystemExit("No Chromium was found: install it, or name it in READONCE_CHROMIUM.")
    with TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home", model=SHIPPED_MODEL, database_url="")
        with open_service(settings) as service:
            document = add_sample(service)
            talk = _asked(service, document)
        with served(settings) as address, sync_playwright() as playwright:
            root = os.name == "posix" and os.geteuid() == 0
            chromium = playwright.chromium.launch(
                executable_path=shutil.which(browser), args=["--no-sandbox"] if root else []
            )
            page = chromium.new_page(viewport={"width": 1360, "height": 900})
            page.set_default_timeout(_PATIENCE)
            page.goto(f"{address}/document?doc={document}&talk={talk}")
            page.locator('[data-testid="stImage"] img').wait_for()
            take(page, options.out / "screenshot.png")
            page.goto(f"{address}/memory?doc={document}")
            page.locator('[data-testid="stVegaLiteChart"] canvas, svg.marks').nth(2).wait_for()
            take(page, options.out / "screenshot-memory.png")
            chromium.close()
