"""The logic of the pages for batches and for what is remembered, and the XSS corpus on them."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

from app.conversing import About
from app.service import Service
from tests.app.pages import add, labels, shown, turn_to

HOSTILE = "<script>hacked=1</script> ![x](http://stranger.invalid/x.png) :red[y]"


def test_an_empty_library_says_what_batches_are_for_and_where_to_begin(
    page: AppTest, service: Service
) -> None:
    for place in ("batch", "ask"):
        turn_to(page, place)
        assert not page.exception
        assert [each.proto.page for each in page.get("page_link")] == [""]
        assert not page.button
    assert service.list() == ()


def test_a_batch_of_summaries_takes_the_documents_that_fit(page: AppTest, service: Service) -> None:
    add(service, "valley one.txt", b"The mill of the valley burned in 1901.\n")
    chosen = add(service, "sea two.txt", b"The harbour of the sea was built in 1820.\n")
    service.library.shelf.rename("local", chosen.id, HOSTILE)
    turn_to(page, "batch")
    assert "2 documents of 2" in shown(page)
    page.text_input(key="batch-words").input("HACKED").run()
    assert "1 document of 2" in shown(page)
    page.slider(key="batch-length").set_value(3).run()
    page.button(key="batch-begin").click().run()
    assert not page.exception
    (batch,) = service.library.queue.batches("local")
    assert batch.kind == "summarize"
    assert json.loads(service.library.queue.task(batch.id))["sentences"] == 3
    (job,) = service.library.queue.jobs_of(batch.id)
    assert job.document_id == chosen.id
    page.run()
    page.button(key=f"batch-stop-{batch.id}").click().run()
    assert service.library.queue.counts(batch.id) == {"stopped": 1}
    page.run()
    page.button(key=f"batch-on-{batch.id}").click().run()
    assert service.library.queue.counts(batch.id) == {"waiting": 1}
    assert "<script>" not in shown(page)


def test_a_batch_of_questions_begins_when_there_is_one(page: AppTest, service: Service) -> None:
    add(service)
    turn_to(page, "batch")
    page.button_group(key="batch-do").set_value("A list of questions").run()
    assert page.button(key="batch-begin").disabled
    page.text_area(key="batch-questions").input(f" \nWho  built it?\n{HOSTILE}\n").run()
    page.button(key="batch-begin").click().run()
    (batch,) = service.library.queue.batches("local")
    task = json.loads(service.library.queue.task(batch.id))
    assert [each["question"] for each in task["questions"]] == ["Who built it?", HOSTILE]


def test_what_is_remembered_counts_words_memory_bookmarks_and_answers(
    page: AppTest, service: Service
) -> None:
    document = add(service)
    service.library.shelf.rename("local", document.id, HOSTILE)
    service.converse(About((document.id,)), f"Who opened the first school? {HOSTILE}")
    turn_to(page, "memory", doc=document.id)
    assert not page.exception
    body = shown(page)
    for wanted in ("Words read", "How far back it reaches", "What it saves", "What a Transformer"):
        assert wanted in body
    assert len(page.get("vega_lite_chart") or page.get("arrow_vega_lite_chart")) == 3
    assert "<script>" not in body
    assert "![x]" not in body.replace("\\!", "")


def test_without_a_document_the_memory_page_leads_to_the_library(
    page: AppTest, service: Service
) -> None:
    turn_to(page, "memory")
    assert "Open a document first" in shown(page)
    turn_to(page, "memory", doc="no such one")
    assert not page.exception
    assert service.list() == ()
    assert "Stop" not in labels(page)
