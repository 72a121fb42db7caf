"""Handing in, on the library page as streamlit runs it; where marked so, with a real worker."""

from __future__ import annotations

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from app import first_questions
from app.service import Service
from app.settings import Settings
from app.suggesting import MOST
from pipelines.document import Upload
from tests.app.making import long_text
from tests.app.pages import (
    PDF,
    TEXT,
    answered,
    ask,
    labels,
    run_until,
    shown,
    turn_to,
)


def suggested(page: AppTest) -> list[Button]:
    return [button for button in page.button if str(button.key).startswith("suggested-")]


@pytest.mark.working
def test_the_first_start_reads_the_sample_and_suggests_questions(
    page: AppTest, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A reader that was not trained answers none as it should.
    monkeypatch.setattr(first_questions, "best", lambda tried: tuple(c.question for c, _ in tried))
    (service.settings.home / "sample-added").unlink()
    run_until(page, lambda: any(document.finished for document in service.list()))
    (sample,) = service.list()
    turn_to(page, "document", doc=sample.id)
    run_until(page, lambda: bool(suggested(page)))
    assert len(suggested(page)) == MOST
    suggested(page)[0].click().run()
    answered(page)
    assert "quote" in shown(page) or "Not found in this document" in shown(page)


@pytest.mark.working
def test_a_file_handed_in_is_read_and_answers_with_its_sentence_on_its_page(
    page: AppTest, service: Service
) -> None:
    page.run()
    assert "Hand in a document" in shown(page)
    service.library.queue.enqueue("local", "valley.pdf", PDF)
    run_until(page, lambda: any(document.finished for document in service.list()))
    (document,) = service.list()
    turn_to(page, "document", doc=document.id)
    ask(page, document.id, "Who opened the first school?")
    assert "Who opened the first school?" in shown(page)
    assert "<mark>" in shown(page)
    (picture,) = page.get("image")
    assert picture.proto.imgs[0].url.endswith(".png"), "it is not encoded anew for each look"
    assert "<b>" not in shown(page)
    assert "&lt;b&gt;valley" in shown(page)


@pytest.mark.working
def test_a_file_that_cannot_be_read_is_told_until_it_is_dismissed(
    page: AppTest, service: Service
) -> None:
    service.library.queue.enqueue("local", "broken *one*.pdf", b"%PDF-1.7 broken")
    run_until(page, lambda: bool(page.error))
    assert "damaged" in page.error[0].value
    assert r"broken \*one\*\.pdf" in page.error[0].value
    next(button for button in page.button if button.label == "Dismiss").click().run()
    page.run()
    assert not page.error


def test_a_pasted_text_waits_to_be_read_under_its_title(page: AppTest, service: Service) -> None:
    page.run()
    page.button_group(key="way").set_value("Paste text").run()
    page.text_input(key="pasted-title").input("A/B notes?")
    page.text_area(key="pasted-text").input("The mill burned down in 1901.")
    next(button for button in page.button if button.label == "Read it").click().run()
    assert not page.exception
    (job,) = service.library.queue.jobs("local")
    assert (job.file_name, job.status) == ("A B notes.txt", "waiting")
    claimed = service.library.queue.claim("test")
    assert claimed is not None
    assert claimed[1] == b"The mill burned down in 1901.\n"


@pytest.mark.working
def test_a_reading_is_stopped_and_goes_on_with_a_click(
    page: AppTest, service: Service, settings: Settings
) -> None:
    job = service.library.queue.enqueue("local", TEXT.name, long_text(900).encode())
    run_until(page, lambda: any(each.read > 0 for each in service.list()))
    page.button(key=f"stop-{job.id}").click()
    run_until(page, lambda: "Read on" in labels(page))
    (part,) = service.list()
    assert not part.finished
    assert "stopped, and what was read is kept" in shown(page)
    page.button(key=f"on-{job.id}").click()
    run_until(page, lambda: service.show(part.id).finished)
    assert service.library.queue.jobs("local")[0].status == "done"


def test_a_reading_that_was_stopped_can_be_given_up(page: AppTest, service: Service) -> None:
    steps = service.add(Upload(TEXT.name, long_text(900).encode()))
    next(steps), next(steps)
    steps.close()
    job = service.library.queue.enqueue("local", TEXT.name, long_text(900).encode())
    service.library.queue.stop("local", job.id)
    page.run()
    page.button(key=f"off-{job.id}").click().run()
    assert "Read on" not in labels(page)
    assert service.list() == ()
    assert len(service.library.shelf.away("local")) == 1


def test_a_fault_while_the_library_is_looked_at_is_told_in_a_sentence(
    page: AppTest, service: Service
) -> None:
    page.session_state["looks"] = "not a number"
    page.run()
    assert not page.exception
    assert "Something went wrong inside readonce" in page.error[0].value


def test_files_handed_in_wait_to_be_read_and_leave_the_memory(
    page: AppTest, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[MemoryUploadedFileManager] = []
    whole = MemoryUploadedFileManager.add_file

    def note(manager: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
        kept.append(manager)
        whole(manager, session_id, file)

    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", note)
    page.run()
    files = [(f"{number}.txt", b"The mill burned down.", "text/plain") for number in (1, 2)]
    page.file_uploader[0].set_value(files).run()
    assert not page.exception
    assert sorted(each.file_name for each in service.library.queue.jobs("local")) == [
        "1.txt",
        "2.txt",
    ]
    assert kept
    assert not any(files for manager in kept for files in manager.file_storage.values())
