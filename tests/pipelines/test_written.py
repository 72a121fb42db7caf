"""Written answers: streams of pieces become sentences with citations, or are dropped."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.answer import Answer, SentenceWritten
from pipelines.written import Found, prompt, tied, whole_sentences
from storage.records import PassageRecord
from tests.pipelines.stored import DOCUMENT

TEXT = (
    "Anna Velling opened the first school of the valley in 1873. Her brother built the mill, and"
    " the mill ground corn until the flood.\n"
)
PASSAGE = PassageRecord(7, 0, TEXT, 100, 3, "The school", 0, 30)
FOUND: list[Found] = [(DOCUMENT, PASSAGE)]
QUOTED = Answer("Anna Velling", True, 0.7, (), 0.1)
WRITTEN = (
    " The first school was opened in 1873. It was opened by Berta Hollin. Anna Velling had a"
    " brother who built the mill."
)


def finished(steps: Generator[SentenceWritten, None, Answer]) -> tuple[list[str], Answer]:
    said = []
    while True:
        try:
            said.append(next(steps).text)
        except StopIteration as end:
            return said, end.value


def pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 3, 7, 500])
def test_each_kept_sentence_comes_when_it_is_whole_and_rests_on_its_quotes(size: int) -> None:
    said, answer = finished(tied(pieces(WRITTEN, size), FOUND, QUOTED))
    assert said == [
        "The first school was opened in 1873.",
        "Anna Velling had a brother who built the mill.",
    ]
    assert answer.text == " ".join(said)
    assert answer.written is not None
    assert answer.written.dropped == pytest.approx(1 / 3)
    assert [line.citations for line in answer.written.lines] == [(0,), (0, 1)]
    for citation in answer.citations:
        start, end = citation.sentence_start - PASSAGE.start, citation.sentence_end - PASSAGE.start
        assert TEXT[start:end] == citation.sentence == citation.text
    assert (answer.found, answer.confidence) == (True, 0.7)


def test_where_nothing_can_be_kept_the_quoted_answer_stands() -> None:
    said, answer = finished(tied(["Berta Hollin did. In 1999."], FOUND, QUOTED))
    assert (said, answer.text, answer.citations) == ([], QUOTED.text, QUOTED.citations)
    assert answer.written is not None
    assert (answer.written.dropped, answer.written.lines) == (1.0, ())


def test_nothing_written_drops_nothing() -> None:
    _, answer = finished(tied([], FOUND, QUOTED))
    assert answer.written is not None
    assert answer.written.dropped == 0.0


def test_a_sentence_is_given_before_the_stream_ends() -> None:
    def endless() -> Generator[str, None, None]:
        yield "The school was opened in 1873. And"
        pytest.fail("the first sentence was whole already")

    assert next(tied(endless(), FOUND, QUOTED)) == SentenceWritten("The school was opened in 1873.")


@given(text=st.text("ab .!?\n", max_size=60), size=st.integers(1, 9))
def test_no_letter_of_a_stream_is_lost_or_said_twice(text: str, size: int) -> None:
    said = "".join(whole_sentences(pieces(text, size)))
    assert said.replace(" ", "") == "".join(text.split())


def test_the_model_reads_the_passages_before_the_question() -> None:
    read = prompt("Who?", FOUND)
    assert read.index("Velling") < read.index("Question: Who?\nAnswer:")
