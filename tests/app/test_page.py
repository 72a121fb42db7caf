"""The page as streamlit runs it, with a real worker process beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.screens.markup import clean, escaped, plain
from app.screens.memory import Asked
from app.service import Service
from app.settings import Settings
from pipelines.document import Upload
from tests.app.making import ROOT, long_text
from tests.pipelines.pdfs import Page, pdf_of

PDF = pdf_of(
    [
        Page(lines=("The valley had no school until 1873.",)),
        Page(lines=("Anna Velling opened the first school of the valley.",)),
    ],
    title="The <b>valley</b> *and* its :red[people]",
)


TEXT = Upload("chronicle.txt", long_text(20).encode())


@pytest.fixture
def page(settings: Settings) -> Iterator[AppTest]:
    """The page before its first run; its worker ends with the test."""
    yield AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    st.cache_resource.clear()
    st.cache_data.clear()


def shown(page: AppTest) -> str:
    """All text of the page, html included."""
    bodies = [element.proto.body for element in page.get("html")]
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


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def test_the_first_start_reads_the_sample_and_suggests_questions(
    page: AppTest, service: Service
) -> None:
    run_until(page, lambda: any(document.finished for document in service.list()))
    page.run()
    suggested = [button for button in page.button if str(button.key).startswith("suggested-")]
    assert len(suggested) == 3
    suggested[0].click().run()
    assert not page.exception
    assert "quote" in shown(page) or "Not found in this document" in shown(page)


def test_a_file_handed_in_is_read_and_answers_with_its_sentence_on_its_page(
    page: AppTest, service: Service
) -> None:
    (service.settings.home / "sample-added").touch()
    page.run()
    assert "Hand in a document" in shown(page)
    service.library.enqueue("local", "valley.pdf", PDF)
    run_until(page, lambda: any(document.finished for document in service.list()))
    page.run()
    (document,) = service.list()
    assert document.id in page.query_params["doc"]
    page.text_input(key=f"question-{document.id}").input("Who opened the first school?")
    next(button for button in page.button if button.label == "Ask").click().run()
    assert not page.exception
    assert "Who opened the first school?" in shown(page)
    assert "<mark>" in shown(page)
    assert page.get("image") or page.get("imgs")
    assert "<b>" not in shown(page)
    assert "&lt;b&gt;valley" in shown(page)


def test_an_empty_question_is_told_on_the_page(page: AppTest, service: Service) -> None:
    (service.settings.home / "sample-added").touch()
    list(service.add(TEXT))
    page.run()
    next(button for button in page.button if button.label == "Ask").click().run()
    assert not page.exception
    assert "empty" in " ".join(warning.value for warning in page.warning)
    page.run()
    assert not page.warning, "it is said once"


def test_a_question_outlives_a_run_of_the_page_that_the_left_side_cuts_short(
    page: AppTest, service: Service
) -> None:
    (service.settings.home / "sample-added").touch()
    list(service.add(TEXT))
    page.run()
    (document,) = service.list()
    # On the next run the left side finds something new and calls for another run at once.
    page.session_state["finished"] = frozenset({"another document"})
    page.text_input(key=f"question-{document.id}").input("Who opened the first school?")
    next(button for button in page.button if button.label == "Ask").click().run()
    assert not page.exception
    assert "Who opened the first school?" in shown(page)
    assert "<mark>" in shown(page)


def test_what_is_not_found_is_said_plainly_and_the_nearest_passages_are_offered(
    page: AppTest, service: Service
) -> None:
    (service.settings.home / "sample-added").touch()
    list(service.add(Upload("valley.pdf", PDF)))
    (document,) = service.list()
    nearest = service.ask(document, "Who opened the first school?")
    nothing = replace(nearest, found=False, text="", confidence=0.05)
    page.session_state[f"asked-{document.id}"] = (Asked(1, "Who sold the moon?", nothing),)
    page.run()
    assert not page.exception
    assert "Not found in this document" in shown(page)
    assert "nearest" in shown(page)
    assert nearest.citations[0].text in shown(page)
    assert "Where it says so" not in [group.label for group in page.button_group]


def test_a_file_that_cannot_be_read_is_told_until_it_is_dismissed(
    page: AppTest, service: Service
) -> None:
    (service.settings.home / "sample-added").touch()
    service.library.enqueue("local", "broken *one*.pdf", b"%PDF-1.7 broken")
    run_until(page, lambda: bool(page.error))
    assert "damaged" in page.error[0].value
    assert r"broken \*one\*\.pdf" in page.error[0].value
    next(button for button in page.button if button.label == "Dismiss").click().run()
    page.run()
    assert not page.error


def test_deleting_asks_first_and_then_forgets_the_document(page: AppTest, service: Service) -> None:
    (service.settings.home / "sample-added").touch()
    list(service.add(TEXT))
    page.run()
    page.button(key="delete").click().run()
    assert len(service.list()) == 1
    page.button(key="delete-yes").click().run()
    assert service.list() == ()
    page.run()
    assert not page.exception
    assert "Hand in a document" in shown(page)


def test_an_address_of_a_document_that_is_gone_is_told(page: AppTest, service: Service) -> None:
    (service.settings.home / "sample-added").touch()
    page.query_params["doc"] = "0123456789ab"
    page.run()
    assert not page.exception
    assert "not in the library" in shown(page)


def test_a_library_that_cannot_be_opened_is_told_on_the_page(
    page: AppTest, settings: Settings
) -> None:
    settings.home.mkdir()
    (settings.home / "library.db").write_bytes(b"no database at all")
    page.run()
    assert not page.exception
    assert "not a library" in page.error[0].value


def test_a_document_of_another_model_is_read_again_when_it_is_asked(
    page: AppTest, service: Service, monkeypatch: pytest.MonkeyPatch, other_reader_folder: object
) -> None:
    (service.settings.home / "sample-added").touch()
    list(service.add(TEXT))
    (before,) = service.list()
    monkeypatch.setenv("READONCE_MODEL", str(other_reader_folder))
    page.run()
    page.text_input(key=f"question-{before.id}").input("Who opened the school?")
    next(button for button in page.button if button.label == "Ask").click().run()
    assert "being read again" in shown(page)
    run_until(page, lambda: service.list()[0].finished)
    assert service.list()[0].state_checksum != before.state_checksum


@pytest.mark.parametrize("text", ["# a", "**b**", ":red[c]", "$d$", "![e](http://e)", "<f>", "~g~"])
def test_text_of_documents_is_never_markup(text: str) -> None:
    assert plain(text).replace("\\", "") == text
    assert all(f"\\{sign}" in plain(text) for sign in set(text) & set("#*:[$!<~"))


def test_html_that_came_in_unescaped_is_still_taken_out() -> None:
    assert clean('<p>a<script>b</script><img src="http://c"></p>') == "<p>a</p>"
    assert clean(f"<p>{escaped('<img src=x>')}</p>") == "<p>&lt;img src=x&gt;</p>"
