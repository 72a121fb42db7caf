"""A child that has been taken over may answer anything: none of it is believed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.apart.messages import (
    BadAnswer,
    document_head,
    document_of,
    error_head,
    head_of,
    raise_told,
    values_of,
)
from pipelines.document import Document, Heading
from pipelines.errors import BeyondLimit, PipelineError, UnreadableFile, UnsupportedFile
from pipelines.extract import Limits

LIMITS = Limits(pages=3, headings=2)
WHOLE = Document("Log", "Fog.\nRain.", (0, 5, 5), (Heading(1, "Fog", 0), Heading(2, "R", 5)), (2,))


def answered(document: Document) -> Document:
    body = document.text.encode("utf-8", "replace")
    return document_of(values_of(document_head(document)), body, LIMITS)


def test_a_document_arrives_as_it_was_sent() -> None:
    assert answered(WHOLE) == WHOLE


def test_half_a_character_becomes_a_sign_of_the_same_length() -> None:
    found = answered(Document("T\ud800", "a\ud800b", (0,), (Heading(1, "\udfff", 2),), ()))
    assert (found.title, found.text, found.outline[0].title) == ("T?", "a?b", "?")


@pytest.mark.parametrize(
    "changed",
    [
        {"page_starts": []},
        {"page_starts": [0, 5, 4]},
        {"page_starts": [1]},
        {"page_starts": [0, 11]},
        {"page_starts": [0, 1, 2, 3]},
        {"page_starts": [0, "5"]},
        {"page_starts": [False]},
        {"page_starts": {"0": 0}},
        {"outline": [[1, "a", -1]]},
        {"outline": [[1, "a", 11]]},
        {"outline": [[0, "a", 1]]},
        {"outline": [[1, "a", 3], [1, "b", 2]]},
        {"outline": [[1, "a"]]},
        {"outline": [[1, "a", 1]] * 3},
        {"outline": "abc"},
        {"pages_without_text": [0]},
        {"pages_without_text": [4]},
        {"pages_without_text": [2, 2]},
        {"title": 3},
    ],
    ids=str,
)
def test_an_answer_that_is_no_document_is_refused(changed: dict[str, Any]) -> None:
    values = values_of(document_head(WHOLE)) | changed
    with pytest.raises(BadAnswer):
        document_of(values, WHOLE.text.encode(), LIMITS)


@pytest.mark.parametrize("body", [b"\xff", b"", b" \n", b"a\0b" + bytes(20)])
def test_a_body_that_is_no_text_is_refused(body: bytes) -> None:
    values = values_of(document_head(WHOLE)) | {"page_starts": [0], "outline": []}
    with pytest.raises(BadAnswer):
        document_of(values | {"pages_without_text": []}, body, LIMITS)


@pytest.mark.parametrize(
    "head",
    [b"", b"nonsense", b"[" * 100_000, b"[]", b"\xff", b"9" * 10_000],
    ids=["nothing", "words", "deep", "a list", "bytes", "a long number"],
)
def test_an_answer_that_is_no_object_is_refused(head: bytes) -> None:
    with pytest.raises(BadAnswer):
        values_of(head)


FLAT = st.none() | st.booleans() | st.integers(-2, 12) | st.sampled_from(["", "a", "\ud800"])
JSON = FLAT | st.lists(FLAT, max_size=4) | st.lists(st.lists(FLAT, max_size=3), max_size=2)


@given(st.dictionaries(st.sampled_from(sorted(values_of(document_head(WHOLE)))), JSON))
def test_no_answer_of_any_shape_does_more_than_be_refused(changed: dict[str, Any]) -> None:
    with suppress(BadAnswer):
        document_of(values_of(document_head(WHOLE)) | changed, WHOLE.text.encode(), LIMITS)


@pytest.mark.parametrize(
    "error",
    [UnsupportedFile("a is a picture."), UnreadableFile("b is torn."), BeyondLimit("c", "pages")],
    ids=lambda error: type(error).__name__,
)
def test_a_refusal_arrives_with_its_sentence(error: PipelineError) -> None:
    with pytest.raises(type(error)) as caught:
        raise_told(values_of(error_head(error)))
    assert type(caught.value) is type(error)
    assert str(caught.value) == str(error)
    if isinstance(error, BeyondLimit):
        assert isinstance(caught.value, BeyondLimit)
        assert caught.value.limit == error.limit


def test_a_refusal_is_one_short_line_and_no_class_of_the_childs_choice() -> None:
    told = {"error": "SystemExit", "sentence": "a\n\x1b[31m" + "b " * 5_000, "limit": ""}
    with pytest.raises(UnreadableFile) as caught:
        raise_told(values_of(head_of(told)))
    assert str(caught.value).startswith("a [31mb b")
    assert len(str(caught.value)) <= 1_000


def test_an_error_without_a_sentence_is_no_answer() -> None:
    with pytest.raises(BadAnswer):
        raise_told({"error": "UnreadableFile"})
