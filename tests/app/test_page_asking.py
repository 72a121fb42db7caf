"""The page that asks many documents, as streamlit runs it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from app.service import Service
from tests.app.pages import (
    PDF,
    add,
    ask,
    labels,
    shown,
    turn_to,
)


def test_all_documents_or_some_are_asked_and_each_place_names_its_document(
    page: AppTest, service: Service
) -> None:
    add(service, "chronicle <u>.txt")
    valley = add(service, "valley.pdf", PDF)
    turn_to(page, "ask")
    assert "All 2 documents" in [each.label for each in page.expander]
    ask(page, "all", "Who opened the first school?")
    assert "<mark>" in shown(page)
    for quote in service.talks.turns(service.talks.list()[0])[0].turn.quotes:
        begins = "Page" if quote.document_id == valley.id else "“"
        assert any(f" · {begins}" in each for each in labels(page)), "a text has no pages"
    assert "<b>" not in shown(page)
    assert "<u>" not in shown(page)
    assert [each.everything for each in service.talks.list()] == [True]
    page.multiselect(key="asked-documents").select(valley.id).run()
    ask(page, valley.id, "Who opened the first school?")
    assert service.talks.list()[0].document_ids == (valley.id,)
