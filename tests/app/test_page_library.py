"""The list of documents on the library page, as streamlit runs it."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Row, event
from streamlit.testing.v1 import AppTest

from app.service import Service
from storage import listing
from storage.records import EVERYBODY, DocumentRecord
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
    assert anns.talks.list() == ()
    assert len(service.talks.list()) == 1


_COPIES = """
WITH RECURSIVE copy(k) AS (SELECT :first UNION ALL SELECT k + 1 FROM copy WHERE k < :last)
INSERT INTO {table} ({columns}) SELECT {values} FROM copy, {table} AS old WHERE old.{key} = :old
"""


def _copied(library_file: Path, old: DocumentRecord, first: int, last: int) -> None:
    """Copies of a document in the library's file, numbered in ids and titles, which nobody read."""
    made = {
        "number": None,
        "id": "printf('%012d', k)",
        "title": "'Report ' || k || ' of the mill'",
        "title_folded": "'report ' || k || ' of the mill'",
        "content_hash": "printf('%064d', k)",
        "tags": "CASE k % 100 WHEN 0 THEN char(10) || 'round' || char(10) ELSE '' END",
    }
    with closing(sqlite3.connect(library_file)) as library, library:
        for table, key, value in (
            ("original", "content_hash", old.content_hash),
            ("document", "id", old.id),
        ):
            names = [row[1] for row in library.execute(f"PRAGMA table_info({table})")]
            values = {name: made.get(name, f"old.{name}") for name in names}
            kept = {name: each for name, each in values.items() if each is not None}
            columns, told = ", ".join(kept), ", ".join(kept.values())
            copies = _COPIES.format(table=table, columns=columns, values=told, key=key)
            library.execute(copies, {"first": first, "last": last, "old": value})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """What a page asks of the library: statements, and documents that are taken out of it."""
    found: Counter[str] = Counter()
    whole = listing._record

    def note(*_: object) -> None:
        found["statements"] += threading.current_thread().name.startswith("ScriptRunner")

    def taken(row: Row[Any]) -> DocumentRecord:
        found["documents"] += 1
        return whole(row)

    monkeypatch.setattr(listing, "_record", taken)
    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


def test_ten_thousand_documents_take_no_more_questions_of_the_library_than_forty(
    page: AppTest, service: Service, library_file: Path, asked: Counter[str]
) -> None:
    def drawn() -> tuple[int, int]:
        asked.clear()
        page.run()
        assert not page.exception
        assert len(page.get("page_link")) == 20
        return asked["statements"], asked["documents"]

    document = add(service)
    _copied(library_file, document, 1, 40)
    page.run()
    statements, documents = drawn()
    assert documents == 20
    assert 5 < statements < 20
    _copied(library_file, document, 41, 10_000)
    assert drawn() == (statements, 20)
    page.session_state["leaf"] = 500
    assert drawn() == (statements, 20)
    page.session_state["leaf"] = 1
    page.selectbox(key="find-order").set_value("By title")
    assert drawn() == (statements, 20)
    page.text_input(key="find").input("7 mill")
    assert drawn() == (statements, 20)
    page.selectbox(key="find-tag").set_value("round")
    page.text_input(key="find").input("99").run()
    labels = [each.proto.label for each in page.get("page_link")]
    assert labels == ["**Report 9900 of the mill**"]
