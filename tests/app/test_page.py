"""The page as streamlit runs it, with a real worker process beside it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from app.adding import Beside, content_hash
from app.screens.markup import clean, escaped, plain
from app.screens.memory import Asked
from app.screens.question import suggested_questions
from app.screens.serve import options
from app.screens.shelf import _became
from app.service import Service
from app.settings import Settings
from app.visitor import for_visitor
from pipelines.document import Upload
from retnet_core import errors as of_core
from storage import errors as of_storage
from storage.records import JobRecord
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
    service.library.queue.enqueue("local", "valley.pdf", PDF)
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


def test_all_documents_are_asked_and_each_place_names_its_document(
    page: AppTest, service: Service
) -> None:
    (service.settings.home / "sample-added").touch()
    list(service.add(TEXT))
    list(service.add(Upload("valley.pdf", PDF)))
    page.run()
    page.button(key="open-all").click().run()
    assert "all" in page.query_params["doc"]
    page.text_input(key="question-all").input("Who opened the first school?")
    next(button for button in page.button if button.label == "Ask").click().run()
    assert not page.exception
    assert "2 documents asked" in shown(page)
    assert "<mark>" in shown(page)
    assert "&lt;b&gt;valley" in shown(page) or "chronicle" in shown(page)
    assert "<b>" not in shown(page)
    page.text_input(key="title-all").input("chron*")
    page.text_input(key="question-all").input("Who built the mill?")
    next(button for button in page.button if button.label == "Ask").click().run()
    assert not page.exception
    assert "1 document asked" in shown(page)


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
    service.library.queue.enqueue("local", "broken *one*.pdf", b"%PDF-1.7 broken")
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


def test_only_the_sample_itself_has_suggestions_whatever_its_name() -> None:
    sample = (ROOT / "app" / "sample" / "report.pdf").read_bytes()
    assert len(suggested_questions(content_hash(sample))) == 3
    assert suggested_questions(content_hash(PDF)) == ()


def test_a_document_of_the_samples_file_name_has_no_suggestions(
    page: AppTest, service: Service
) -> None:
    (service.settings.home / "sample-added").touch()
    list(service.add(Upload("report.pdf", PDF)))
    page.run()
    assert not [button for button in page.button if str(button.key).startswith("suggested-")]


def test_an_upload_turns_to_its_own_document_and_not_to_one_of_the_same_name(
    service: Service,
) -> None:
    older = service.add(TEXT)
    next(older), next(older)
    older.close()
    (left,) = service.list()
    content = long_text(10).encode()
    upload = JobRecord(
        "0" * 12, "local", TEXT.name, "running", "", None, datetime.now(UTC), content_hash(content)
    )
    assert _became(upload, service.list()) == ""
    list(service.add(Upload(TEXT.name, content), Beside(everything=True)))
    found = _became(upload, service.list())
    assert found not in ("", left.id)
    assert _became(replace(upload, document_id=left.id), service.list()) == left.id


@pytest.mark.parametrize(
    "error",
    [
        of_storage.NotFound("`readonce list` shows yours."),
        of_storage.StaleReading("run `readonce add` with its file to read on."),
        of_storage.StateDamaged("run `readonce add` with its file."),
        of_core.StateDamaged("run `readonce add` with its file."),
        of_core.StateMismatch("Run `readonce add` with its file, or ask with --read-again."),
    ],
    ids=lambda error: f"{type(error).__module__}.{type(error).__name__}",
)
def test_no_sentence_on_the_page_tells_to_type_a_command(error: Exception, tmp_path: Path) -> None:
    told = for_visitor(error, tmp_path)
    assert "readonce" not in told
    assert "--" not in told
    assert told.endswith(".")


def test_settings_that_are_not_sound_are_told_on_the_page(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READONCE_HOME", "~nosuchuser/x")
    page.run()
    assert not page.exception
    assert "no such user" in page.error[0].value


def test_a_fault_while_the_left_side_looks_is_told_in_a_sentence(
    page: AppTest, service: Service
) -> None:
    (service.settings.home / "sample-added").touch()
    list(service.add(TEXT))
    page.session_state["looks"] = "not a number"
    page.run()
    assert not page.exception
    assert "Something went wrong inside readonce" in page.error[0].value


def test_a_fault_while_a_reading_is_watched_is_told_in_a_sentence(
    page: AppTest, service: Service
) -> None:
    (service.settings.home / "sample-added").touch()
    steps = service.add(Upload("long.txt", long_text(4000).encode()))
    next(steps), next(steps)
    steps.close()
    with closing(sqlite3.connect(service.settings.home / "library.db")) as library, library:
        library.execute("UPDATE document SET read_seconds = 'no number'")
    page.run()
    assert not page.exception
    assert page.error


def test_a_fault_of_a_click_is_told_in_a_sentence(page: AppTest, service: Service) -> None:
    (service.settings.home / "sample-added").touch()
    service.library.queue.enqueue("local", "broken.pdf", b"%PDF-1.7 broken")
    run_until(page, lambda: bool(page.error))
    marks = service.settings.home / "uploads"
    marks.rename(service.settings.home / "away")
    marks.write_text("a file where the folder should be")
    next(button for button in page.button if button.label == "Dismiss").click().run()
    assert not page.exception
    assert "a folder was expected" in page.error[0].value


def test_the_page_is_closed_even_without_its_own_configuration() -> None:
    given = options(8501, "localhost")
    assert given["server.address"] == "localhost"
    assert given["client.showErrorDetails"] == "none"
    assert given["browser.gatherUsageStats"] == "false"
    assert set(given) <= set(config.get_config_options())


def test_a_reading_is_stopped_and_goes_on_with_a_click(
    page: AppTest, service: Service, settings: Settings
) -> None:
    (settings.home / "sample-added").touch()
    upload = service.library.queue.enqueue("local", TEXT.name, long_text(900).encode())
    run_until(page, lambda: "Stop reading" in labels(page))
    page.button(key="stop").click()
    run_until(page, lambda: "Read on" in labels(page))
    (part,) = service.list()
    assert not part.finished
    assert "Stopped" in page.get("progress")[0].proto.text
    page.button(key=f"on-{upload.id}").click()
    run_until(page, lambda: service.show(part.id).finished)
    assert service.library.queue.jobs("local")[0].status == "done"


def test_a_file_of_a_known_name_becomes_its_next_version(
    page: AppTest, service: Service, settings: Settings
) -> None:
    (settings.home / "sample-added").touch()
    list(service.add(TEXT))
    service.library.queue.enqueue("local", TEXT.name, long_text(25).encode())
    run_until(page, lambda: service.show("chronicle").version == 2)
    run_until(page, lambda: "<dt>Version</dt><dd>2</dd>" in shown(page))
    assert len(service.list()) == 1
