"""The page of a document as streamlit runs it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from app.conversing import About
from app.screens.serve import SCRIPT
from app.service import Service
from app.unanswered import Unanswered
from pipelines.document import Upload
from storage.records import DocumentRecord
from tests.app.making import long_text
from tests.app.pages import (
    PDF,
    add,
    answered,
    ask,
    shown,
    turn_to,
)


def test_a_conversation_is_kept_and_found_again_by_its_address(
    page: AppTest, service: Service, document: DocumentRecord
) -> None:
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
    page: AppTest, service: Service, document: DocumentRecord
) -> None:
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


def test_an_empty_question_is_told_on_the_page(
    page: AppTest, service: Service, document: DocumentRecord
) -> None:
    next(button for button in page.button if button.label == "Ask").click().run()
    assert not page.exception
    assert "empty" in " ".join(warning.value for warning in page.warning)
    page.run()
    assert not page.warning, "it is said once"


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


def test_a_conversation_is_opened_from_the_list_by_a_click(
    page: AppTest, service: Service, document: DocumentRecord
) -> None:
    talk = service.converse(About((document.id,)), "Who built the mill?").conversation
    everywhere = service.converse(About(everything=True), "Who opened it?").conversation
    for place, each, query in (("document", talk, {"doc": document.id}), ("ask", everywhere, {})):
        turn_to(page, place, view="talks", **query)
        assert 'class="asked"' not in shown(page)
        page.button(key=f"open-{each.id}").click().run()
        assert not page.exception
        assert f'"asked">{each.title}<' in shown(page)


def test_a_link_to_a_sentence_marks_it_where_it_stands(
    page: AppTest, service: Service, document: DocumentRecord
) -> None:
    text = service.library.text(document.id)
    sentence = "When the bridge fell in 1921, the villagers crossed by boat."
    start = text.rindex(sentence)
    at = f"{start}-{start + len(sentence)}"
    turn_to(page, "document", doc=document.id, view="summary", at=at)
    assert f'<span class="sentence">{sentence}</span>' in shown(page)
    for link in page.get("page_link"):
        if link.proto.label == "In the text":
            found = parse_qs(link.proto.query_string)["at"][0].split("-")
            assert text[int(found[0]) : int(found[1])] in text
            break
    else:
        pytest.fail("no sentence of the summary leads to its place")


@pytest.mark.parametrize("at", ["", "7", "9-3", "5-5", "0-99999999", "-1-5", "a-b", "0-5-9", "٣-٩"])
def test_offsets_that_mark_no_sentence_are_passed_over(
    page: AppTest, service: Service, document: DocumentRecord, at: str
) -> None:
    turn_to(page, "document", doc=document.id, view="summary", at=at)
    assert not page.exception
    assert not page.error
    assert 'class="sentence"' not in shown(page)
    assert service.list() == (document,)


def test_a_link_to_a_sentence_of_a_pdf_opens_its_page(page: AppTest, service: Service) -> None:
    document = add(service, "valley.pdf", PDF)
    start = service.library.text(document.id).index("Anna Velling")
    turn_to(page, "document", doc=document.id, view="figures", at=f"{start}-{start + 12}")
    assert "Page 2 of 2" in shown(page)
    (picture,) = page.get("image")
    assert picture.proto.imgs[0].alt.endswith("a sentence marked")
