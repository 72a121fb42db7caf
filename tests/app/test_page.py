"""The page as streamlit runs it, with a real worker process beside it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.adding import content_hash
from app.conversing import About
from app.screens.document import sample_questions
from app.screens.markup import clean, escaped, plain
from app.screens.serve import SCRIPT, options
from app.service import Service
from app.settings import Settings
from app.unanswered import Unanswered
from app.visitor import for_visitor
from pipelines.document import Upload
from retnet_core import errors as of_core
from storage import errors as of_storage
from storage.records import EVERYBODY, DocumentRecord, NewDocument, NewPassage
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
def page(
    settings: Settings, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AppTest]:
    """The library page before its first run, without the sample; a worker where it is marked so."""
    working = request.node.get_closest_marker("working")
    monkeypatch.setenv("READONCE_WORKERS", "1" if working else "0")
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / "sample-added").touch()
    yield AppTest.from_file(str(SCRIPT), default_timeout=60)
    st.cache_resource.clear()
    st.cache_data.clear()


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


@pytest.mark.working
def test_the_first_start_reads_the_sample_and_suggests_questions(
    page: AppTest, service: Service
) -> None:
    (service.settings.home / "sample-added").unlink()
    run_until(page, lambda: any(document.finished for document in service.list()))
    (sample,) = service.list()
    turn_to(page, "document", doc=sample.id)
    suggested = [button for button in page.button if str(button.key).startswith("suggested-")]
    assert len(suggested) == 3
    suggested[0].click().run()
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
    assert page.get("image") or page.get("imgs")
    assert "<b>" not in shown(page)
    assert "&lt;b&gt;valley" in shown(page)


def test_a_conversation_is_kept_and_found_again_by_its_address(
    page: AppTest, service: Service
) -> None:
    document = add(service)
    turn_to(page, "document", doc=document.id)
    ask(page, document.id, "Who opened the first school?")
    ask(page, document.id, "Who built the mill?")
    (talk,) = service.talks.list()
    assert [each.turn.question for each in service.talks.turns(talk)] == [
        "Who opened the first school?",
        "Who built the mill?",
    ]
    address = dict(page.query_params)
    assert address["talk"] in (talk.id, [talk.id])
    again = AppTest.from_file(str(SCRIPT), default_timeout=60)
    turn_to(again, "document", doc=document.id, talk=talk.id, turn="1")
    assert "Who opened the first school?" in shown(again)
    assert "Who built the mill?" in shown(again)


def test_a_conversation_is_renamed_branched_and_its_last_question_taken_back(
    page: AppTest, service: Service
) -> None:
    document = add(service)
    turn_to(page, "document", doc=document.id)
    ask(page, document.id, "Who opened the first school?")
    ask(page, document.id, "Who built the mill?")
    (talk,) = service.talks.list()
    page.text_input(key=f"name-{talk.id}").input("The <i>mill</i>")
    page.button(key="name-it").click().run()
    assert service.talks.find(talk.id).title == "The <i>mill</i>"
    page.button(key="undo-turn").click().run()
    assert service.talks.find(talk.id).turns == 1
    page.button(key="branch").click().run()
    assert len(service.talks.list()) == 2
    page.button(key="delete-talk").click().run()
    assert [each.id for each in service.talks.list()] == [talk.id]
    assert not page.exception


def test_a_question_whose_answer_was_cut_short_is_offered_and_not_asked_by_itself(
    page: AppTest, service: Service
) -> None:
    document = add(service)
    turn_to(page, "document", doc=document.id, ask="Who *built* the mill?")
    assert r"Who \*built\* the mill\?" in page.info[0].value
    assert service.talks.list() == ()
    page.button(key="ask-it-link").click().run()
    answered(page)
    assert [each.turns for each in service.talks.list()] == [1]
    assert not page.info


def test_an_empty_question_is_told_on_the_page(page: AppTest, service: Service) -> None:
    document = add(service)
    turn_to(page, "document", doc=document.id)
    next(button for button in page.button if button.label == "Ask").click().run()
    assert not page.exception
    assert "empty" in " ".join(warning.value for warning in page.warning)
    page.run()
    assert not page.warning, "it is said once"


def test_all_documents_or_some_are_asked_and_each_place_names_its_document(
    page: AppTest, service: Service
) -> None:
    add(service, "chronicle <u>.txt")
    valley = add(service, "valley.pdf", PDF)
    turn_to(page, "ask")
    assert "All 2 documents" in [each.label for each in page.expander]
    ask(page, "all", "Who opened the first school?")
    assert "<mark>" in shown(page)
    assert "<b>" not in shown(page)
    assert "<u>" not in shown(page)
    assert [each.everything for each in service.talks.list()] == [True]
    page.multiselect(key="asked-documents").select(valley.id).run()
    ask(page, valley.id, "Who opened the first school?")
    assert service.talks.list()[0].document_ids == (valley.id,)


def test_the_summary_the_outline_and_the_figures_come_from_the_document(
    page: AppTest, service: Service
) -> None:
    document = add(service)
    turn_to(page, "document", doc=document.id, view="summary")
    page.slider(key=f"length-{document.id}").set_value(2).run()
    sentences = [body for body in shown(page).split("\n") if body.startswith('<p class="said">')]
    assert 1 <= len(sentences) <= 2
    text = " ".join(service.library.text(document.id).split())
    assert all(each[len('<p class="said">') : -len("</p>")] in text for each in sentences)
    turn_to(page, "document", doc=document.id, view="figures")
    assert not page.exception


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


def test_a_document_is_renamed_tagged_and_found_by_its_tag(page: AppTest, service: Service) -> None:
    document = add(service)
    page.run()
    page.button(key=f"manage-{document.id}").click().run()
    page.text_input(key=f"title-{document.id}").input("The *Chronicle*")
    page.text_input(key=f"tags-{document.id}").input("history, <b>old</b>")
    next(button for button in page.button if button.label == "Keep these").click().run()
    found = service.show(document.id)
    assert (found.title, found.tags) == ("The *Chronicle*", ("history", "<b>old</b>"))
    assert r"The \*Chronicle\*" in shown(page)
    assert '<span class="tag">&lt;b&gt;old&lt;/b&gt;</span>' in shown(page)
    assert "Everybody here may read it" not in [each.label for each in page.toggle]


def test_a_deleted_document_can_be_taken_back_for_a_while(page: AppTest, service: Service) -> None:
    document = add(service)
    page.run()
    page.button(key=f"manage-{document.id}").click().run()
    page.button(key=f"delete-{document.id}").click().run()
    assert service.list() == ()
    assert "Deleted" in shown(page)
    page.button(key=f"undo-{document.id}").click().run()
    assert [each.id for each in service.list()] == [document.id]
    assert not page.exception


def test_many_documents_are_listed_in_parts_and_found_by_words(
    page: AppTest, service: Service
) -> None:
    document = add(service)
    for number in range(25):
        service.library.add(*made_up(f"Report {number:02} of the mill"))
    page.run()
    assert len(page.get("page_link")) == 20
    page.session_state["leaf"] = 2
    page.run()
    assert len(page.get("page_link")) == 6
    page.text_input(key="find").input("MILL 07").run()
    assert [each.proto.label for each in page.get("page_link")] == ["**Report 07 of the mill**"]
    page.text_input(key="find").input("nothing like it").run()
    assert "No document fits" in page.info[0].value
    assert document.id


def test_another_owners_document_is_seen_when_it_is_shared_and_cannot_be_changed(
    page: AppTest, service: Service
) -> None:
    anns = service.as_owner("ann")
    document = add(anns)
    page.run()
    assert "Hand in a document" in shown(page)
    turn_to(page, "document", doc=document.id)
    assert "not in your library" in page.info[0].value
    anns.library.shelf.share("ann", document.id, [EVERYBODY])
    turn_to(page, "library")
    assert "from ann" in shown(page)
    page.button(key=f"manage-{document.id}").click().run()
    assert f"delete-{document.id}" not in [button.key for button in page.button]
    turn_to(page, "document", doc=document.id)
    ask(page, document.id, "Who opened the first school?")
    assert "<mark>" in shown(page)
    assert anns.talks.list() == ()
    assert len(service.talks.list()) == 1


def test_an_address_of_a_conversation_of_another_owner_shows_nothing_of_it(
    page: AppTest, service: Service
) -> None:
    anns = service.as_owner("ann")
    document = add(anns)
    anns.library.shelf.share("ann", document.id, ["local"])
    reply = anns.converse(About((document.id,)), "Who secretly opened the school?")
    turn_to(page, "document", doc=document.id, talk=reply.conversation.id, turn="1")
    assert not page.exception
    assert "secretly" not in shown(page)


def test_a_document_of_another_model_is_read_again_when_it_is_asked(
    page: AppTest, service: Service, monkeypatch: pytest.MonkeyPatch, other_reader_folder: object
) -> None:
    document = add(service)
    monkeypatch.setenv("READONCE_MODEL", str(other_reader_folder))
    turn_to(page, "document", doc=document.id)
    page.text_input(key=f"question-{document.id}").input("Who opened the school?")
    next(button for button in page.button if button.label == "Ask").click().run()
    while "being read again" not in shown(page):  # it is said once
        page.run()
    kept = Unanswered(service.settings.home).of("local")
    assert [each.text for each in kept] == ["Who opened the school?"], "offered when it is read"
    assert [job.status for job in service.library.queue.jobs("local")] == ["waiting"]


def test_only_the_sample_itself_has_its_questions_whatever_its_name() -> None:
    sample = (ROOT / "app" / "sample" / "report.pdf").read_bytes()
    assert len(sample_questions(content_hash(sample))) == 3
    assert sample_questions(content_hash(PDF)) == ()


def test_a_fault_while_the_library_is_looked_at_is_told_in_a_sentence(
    page: AppTest, service: Service
) -> None:
    page.session_state["looks"] = "not a number"
    page.run()
    assert not page.exception
    assert "Something went wrong inside readonce" in page.error[0].value


def test_a_fault_while_a_reading_is_watched_is_told_in_a_sentence(
    page: AppTest, service: Service
) -> None:
    steps = service.add(Upload("long.txt", long_text(4000).encode()))
    next(steps), next(steps)
    steps.close()
    (document,) = service.list()
    with closing(sqlite3.connect(service.settings.home / "library.db")) as library, library:
        library.execute("UPDATE document SET read_seconds = 'no number'")
    turn_to(page, "document", doc=document.id)
    assert not page.exception
    assert page.error


def test_the_page_is_closed_even_without_its_own_configuration() -> None:
    given = options("localhost", 8501, Path("secrets.toml"))
    assert given["server.address"] == "localhost"
    assert given["client.showErrorDetails"] == "none"
    assert given["browser.gatherUsageStats"] == "false"
    assert set(given) <= set(config.get_config_options())


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


def test_a_library_that_cannot_be_opened_is_told_on_the_page(
    page: AppTest, settings: Settings
) -> None:
    settings.home.mkdir(exist_ok=True)
    (settings.home / "library.db").write_bytes(b"no database at all")
    page.run()
    assert not page.exception
    assert "not a library" in page.error[0].value


@pytest.mark.parametrize("text", ["# a", "**b**", ":red[c]", "$d$", "![e](http://e)", "<f>", "~g~"])
def test_text_of_documents_is_never_markup(text: str) -> None:
    assert plain(text).replace("\\", "") == text
    assert all(f"\\{sign}" in plain(text) for sign in set(text) & set("#*:[$!<~"))


def test_html_that_came_in_unescaped_is_still_taken_out() -> None:
    assert clean('<p>a<script>b</script><img src="http://c"></p>') == "<p>a</p>"
    assert clean(f"<p>{escaped('<img src=x>')}</p>") == "<p>&lt;img src=x&gt;</p>"


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
