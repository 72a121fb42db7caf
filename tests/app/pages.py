"""What a visitor does on a page that streamlit runs in this process, and what then stands there."""

from __future__ import annotations

import time
from collections.abc import Callable

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.adding import content_hash
from app.service import Service
from pipelines.document import Upload
from storage.records import DocumentRecord, NewDocument, NewPassage
from tests.app.making import long_text
from tests.pipelines.pdfs import Page, pdf_of

PDF = pdf_of(
    [
        Page(lines=("The valley had no school until 1873.",)),
        Page(lines=("Anna Velling opened the first school of the valley.",)),
    ],
    title="The <b>valley</b> *and* its :red[people]",
)


TEXT = Upload("chronicle.txt", long_text(20).encode())


def turn_to(page: AppTest, place: str, **query: str) -> AppTest:
    """Open the page of an address, as a link does."""
    page._page_hash = calc_hash(place)  # switch_page knows only pages that are files
    page.query_params.clear()
    page.query_params.update(query)
    return page.run()


def shown(page: AppTest) -> str:
    """All text of the page, html and links included."""
    bodies = [element.proto.body for element in page.get("html")]
    bodies += [element.proto.label for element in page.get("page_link")]
    texts = [*page.markdown, *page.caption, *page.info, *page.warning, *page.error]
    return "\n".join([*bodies, *(text.value for text in texts)])


def run_until(page: AppTest, reached: Callable[[], bool]) -> None:
    """Draw the page again and again, as its fragments do, until something is so."""
    give_up = time.monotonic() + 60
    while True:
        page.run()
        assert not page.exception
        if reached():
            return
        assert time.monotonic() < give_up, shown(page)
        time.sleep(0.3)


def add(service: Service, name: str = TEXT.name, content: bytes = TEXT.content) -> DocumentRecord:
    """A document that has been read."""
    *_, last = service.add(Upload(name, content))
    assert last.document is not None
    return last.document


def ask(page: AppTest, key: str, question: str) -> None:
    page.text_input(key=f"question-{key}").input(question)
    next(button for button in page.button if button.label == "Ask").click().run()
    answered(page)


def answered(page: AppTest) -> None:
    """Look at the page until no answer is being made any more."""
    run_until(page, lambda: "Stop" not in labels(page))


def made_up(title: str) -> tuple[NewDocument, tuple[NewPassage, ...]]:
    """A stored document of one passage that nobody has read."""
    text = f"What stands in {title}."
    new = NewDocument(
        owner="local",
        title=title,
        file_name=f"{title}.txt",
        content_hash=content_hash(text.encode()),
        content=text.encode(),
        media_type="text/plain",
        text=text,
        page_starts=(0,),
        outline=(),
        pages_without_text=(),
        tokenizer_fingerprint="none",
    )
    return new, (NewPassage(text, 0, 1, "", 0, 5),)


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]
