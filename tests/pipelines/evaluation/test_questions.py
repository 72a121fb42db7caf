"""Lines of a file as documents, and places in a text that loses signs when it is stored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.document import Upload
from pipelines.evaluation.needing import needs_past
from pipelines.evaluation.questions import Item, Told, first_items, joined, stored_spans, told
from pipelines.extract.text import decoded

QUESTION = {"question": "Who?", "answers": ["Anna"], "starts": [2], "unanswerable": False}


RECORD: dict[str, Any] = {
    "id": "7", "title": None, "document": "A Anna", "questions": [QUESTION],
}  # fmt: skip


def test_a_document_without_a_title_has_its_id_and_starts_may_be_missing() -> None:
    bare = {"question": "Who?", "answers": ["Anna", "Ann"], "unanswerable": False}
    assert told(RECORD | {"questions": [QUESTION, bare]}) == Told(
        "7", "A Anna",
        (Item("Who?", ("Anna",), (2,), False), Item("Who?", ("Anna", "Ann"), (-1, -1), False)),
    )  # fmt: skip


@pytest.mark.parametrize("blank", ["", " \r\n\t"])
def test_a_document_of_white_space_is_none(blank: str) -> None:
    with pytest.raises(ValueError, match="white space"):
        told(RECORD | {"document": blank})


SIGNS = ("\r", "\n", "\r\n", "\0", "a", "b", " ", "é")
signs = st.lists(st.sampled_from(SIGNS), max_size=40).map("".join)


@settings(deadline=None)
@given(signs, st.data())
def test_every_place_is_found_again_in_the_text_as_it_is_stored(
    text: str, data: st.DataObject
) -> None:
    text = f"x{text}x"
    stored = decoded(Upload("a.txt", text.encode()))
    place = data.draw(st.integers(0, len(text) - 1))
    gold = text[place]
    if gold in "\r\n\0":
        return
    item = Item("?", (gold,), (place,), False)
    ((start, end),) = stored_spans(item, text, stored)
    assert stored[start:end] == gold
    # As many of the other signs stand before it as before.
    kept = [sign for sign in text[:place] if sign not in "\r\n\0"]
    assert [sign for sign in stored[:start] if sign != "\n"] == kept


def test_lines_that_end_in_cr_lf_move_the_places_of_answers() -> None:
    text = "One line.\r\nTwo lines.\r\nThe school opened\r\nin 1873.\r\n"
    stored = decoded(Upload("a.txt", text.encode()))
    golds = ("opened\r\nin 1873", "1873")
    item = Item("When?", golds, tuple(map(text.index, golds)), False)
    spans = stored_spans(item, text, stored)
    assert [stored[a:b] for a, b in spans] == ["opened\nin 1873", "1873"]


def test_a_byte_order_mark_is_not_counted() -> None:
    text = "\ufeffAnna came."
    assert stored_spans(Item("Who?", ("Anna",), (1,), False), text, "Anna came.") == ((0, 4),)


def test_an_answer_that_stands_elsewhere_is_found_nearby_and_one_that_does_not_is_left_out() -> (
    None
):
    stored = "Anna. Somebody else. Anna again."
    item = Item("Who?", ("Anna", "Berta", ""), (18, 3, 0), False)
    assert stored_spans(item, "", stored) == ((21, 25),)


def test_documents_are_joined_and_the_places_move_with_them() -> None:
    first, second = told(RECORD), told(RECORD | {"document": "B Anna", "id": "8"})
    whole = joined([first, second])
    assert whole.text == "A Anna\n\nB Anna"
    for item in whole.items:
        ((start, end),) = stored_spans(item, whole.text, whole.text)
        assert whole.text[start:end] == "Anna"
    assert [item.starts for item in whole.items] == [(2,), (10,)]


def test_a_limit_counts_the_questions_of_all_documents() -> None:
    three = [told(RECORD | {"questions": [QUESTION] * 2}) for _ in range(3)]
    assert [len(each.items) for each in first_items(three, 3)] == [2, 1, 0]


def test_a_question_needs_the_past_where_its_passage_does_not_name_what_it_speaks_of() -> None:
    text = "Anna came home. She built a mill. Berta came. Berta saw a mill."
    passages = ((0, 16), (16, 34), (34, 46), (46, 63))
    she = Item("What did Anna build?", ("a mill",), (26,), False)
    berta = Item("What did Berta see?", ("a mill",), (56,), False)
    unknown = Item("What did Carla build?", ("a mill",), (26,), False)
    unmarked = Item("What did Anna build?", ("a mill",), (-1,), False)
    assert [needs_past(i, text, passages) for i in (she, berta, unknown, unmarked)] == [
        True, False, False, False
    ]  # fmt: skip
