"""The list of documents on the library page, as streamlit runs it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from app.service import Service
from storage.records import EVERYBODY
from tests.app.pages import (
    add,
    ask,
    made_up,
    shown,
    turn_to,
)


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
    assert anns.conversations() == ()
    assert len(service.conversations()) == 1
