"""A summary about a question quotes what shares its rare words, from where it stands."""

from __future__ import annotations

import pytest

from pipelines.summarise.about import summarise_about
from pipelines.summarise.length import Length
from pipelines.summarise.summary import summarise
from storage.library import Library
from tests.pipelines.summarise.conftest import Put, chronicle, document

ABOUT = (
    "The lighthouse of Orrin was lit for the first time in the autumn.",
    "Its keeper saw to the lamp of the lighthouse for thirty years.",
)


def test_what_the_question_names_is_quoted(library: Library, put: Put) -> None:
    text = f"{chronicle(40)}\n\n{ABOUT[0]}\n\n{chronicle(60)}\n\n{ABOUT[1]}\n\n{chronicle(20)}"
    records = [put(document(chronicle(12), "Other")), put(document(text))]
    summary = summarise_about(
        library, "ann", records, "Who kept the lighthouse?", Length(sentences=5)
    )
    assert [quote.text for quote in summary.sentences] == list(ABOUT)
    whole = library.text(records[1].id)
    assert [whole[quote.start : quote.end] for quote in summary.sentences] == list(ABOUT)
    assert {quote.document.id for quote in summary.sentences} == {records[1].id}


def test_nothing_is_quoted_where_nothing_is_said_of_it(library: Library, put: Put) -> None:
    record = put(document(chronicle(40)))
    assert summarise_about(library, "ann", [record], "What of submarines?").sentences == ()
    assert summarise_about(library, "ann", [], "What of submarines?").sentences == ()


@pytest.mark.parametrize(
    "question", ["What is the plot of the story?", "Summarize the whole document.", "the"]
)
def test_a_question_for_the_whole_has_the_summary_of_the_whole(
    library: Library, put: Put, question: str
) -> None:
    record = put(document(chronicle(40)))
    whole = summarise(library, "ann", [record])
    assert summarise_about(library, "ann", [record], question).text == whole.text


def test_only_room_for_words_is_filled_with_what_stands_beside(library: Library, put: Put) -> None:
    beside = "Ships saw its light from twenty miles away."
    record = put(document(f"{chronicle(40)}\n\n{ABOUT[0]} {beside}\n\n{chronicle(20)}"))
    question = "What of the lighthouse of Orrin?"
    few = summarise_about(library, "ann", [record], question, Length(sentences=5))
    assert [quote.text for quote in few.sentences] == [ABOUT[0]]
    none_left = summarise_about(library, "ann", [record], question, Length(words=12))
    assert [quote.text for quote in none_left.sentences] == [ABOUT[0]]
    room = summarise_about(library, "ann", [record], question, Length(words=60))
    assert ABOUT[0] in [quote.text for quote in room.sentences]
    assert len(room.sentences) > 1
    assert sum(len(quote.text.split()) for quote in room.sentences) <= 60
