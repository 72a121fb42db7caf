"""Whatever a reader points at, the quote stands where the citation says, on that page."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from itertools import accumulate, count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import storage.errors
from pipelines.answer import Answer
from pipelines.ask import CITATIONS, backed
from pipelines.cite import cited
from pipelines.document import Document, Heading
from pipelines.errors import EmptyQuestion
from pipelines.evidence import Evidence
from pipelines.mixture import SHIPPED, Mixture
from pipelines.sentences import sentences
from retnet_core.checkpoint import LoadedReader
from storage.library import Library
from storage.records import DocumentRecord, PassageRecord
from tests.pipelines.stored import (
    DOCUMENT,
    asked,
    gathered,
    kept,
    lines,
    read_to_its_end,
    stored,
)
from tests.tiny_reader import biased

owners = map(str, count())
WORDS = (
    *("mill", "river", "1873", "stone", "corn", "e.g.", "(ii)", "Dr.", "Zürich", "日本。"),
    *("ﬁlm", "a\u0301lt", "\u2581", "🏞️", "\u200b", "\u00a0"),
)
sentence = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
page = st.lists(
    st.tuples(sentence, st.sampled_from([". ", "? ", "\n\n", "\n", ", ", ".\n"])), max_size=14
).map(lambda parts: "".join(words + end for words, end in parts))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Pages that break anywhere, within sentences too, empty ones among them, and headings."""
    pages = draw(st.lists(page, min_size=1, max_size=6))
    text = "".join(pages)
    starts = tuple(accumulate(map(len, pages[:-1]), initial=0))
    places = sorted(draw(st.lists(st.integers(0, max(0, len(text) - 1)), max_size=4)))
    outline = tuple(Heading(1, f"Part {n}", place) for n, place in enumerate(places))
    return Document("Made", text, starts, outline, ())


@pytest.fixture(scope="module")
def unsure(tmp_path_factory: pytest.TempPathFactory) -> LoadedReader:
    """A reader that finds an answer nowhere."""
    return biased(tmp_path_factory.mktemp("unsure") / "model", absent=60.0)


def check(answer: Answer, document: Document) -> None:
    """All that a citation promises, against the text itself."""
    for citation in answer.citations:
        assert document.text[citation.start : citation.end] == citation.text != ""
        assert document.text[citation.sentence_start : citation.sentence_end] == citation.sentence
        assert citation.sentence_start <= citation.start < citation.end <= citation.sentence_end
        on = document.page_starts[citation.page - 1]
        following = [start for start in document.page_starts if start > on]
        assert on <= citation.start < min(following, default=len(document.text))
        before = [part.title for part in document.outline if part.start <= citation.start]
        assert citation.section == (before[-1] if before else "")
    assert len(answer.citations) <= CITATIONS
    assert len({(c.sentence_start, c.sentence_end) for c in answer.citations}) == len(
        answer.citations
    )


@given(documents(), st.sampled_from(["Which mill?", "ﬁlm Zürich 1873", "?", "\u2581"]))
@settings(max_examples=50, deadline=None)
def test_every_citation_stands_at_its_offsets_on_its_page(
    shelf: Library, sure: LoadedReader, document: Document, question: str
) -> None:
    record = stored(shelf, sure, document, owner=next(owners))
    read_to_its_end(shelf, sure, record)
    answer = asked(shelf, record, question, sure)
    check(answer, document)
    assert answer.found == bool(document.text.strip())
    assert answer.text == (answer.citations[0].text if answer.found else "")


def test_a_sentence_of_the_next_page_is_cited_with_that_page(
    library: Library, sure: LoadedReader
) -> None:
    first, second = "The mill stood.\n", "The river Marden is 84 miles long.\n"
    outline = (Heading(1, "Mill", 0), Heading(1, "River", len(first)))
    document = Document("Two pages", first + second, (0, len(first)), outline, ())
    record = stored(library, sure, document)
    assert record.passages == 1
    citations = asked(library, record, "How long is the river Marden?", sure).citations
    pages = {citation.sentence: (citation.page, citation.section) for citation in citations}
    assert pages == {first.strip(): (1, "Mill"), second.strip(): (2, "River")}


@pytest.mark.parametrize("word", ["x" * 900, "1,234" * 200], ids=["letters", "number"])
def test_a_word_longer_than_a_sentence_leaves_the_span_within_it(word: str) -> None:
    passage = PassageRecord(1, 0, word, 0, 1, "", 0, 300)
    spans = sentences(word)
    assert len(spans) > 1
    for first, last in spans:
        for start, end in ((first, first + 2), (last - 3, last), (first, last)):
            found = cited(Evidence(DOCUMENT, passage, (first, last), (start, end), 0.0, 0.0, 0.0))
            assert first <= found.start <= start < end <= found.end <= last


def test_a_span_has_whole_words_and_whole_numbers() -> None:
    text = "In 1,873 days the millers ground 4.5 tons."
    passage = PassageRecord(1, 0, text, 100, 1, "", 0, 30)
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            found = cited(Evidence(DOCUMENT, passage, (0, len(text)), (start, end), 0.0, 0.0, 0.0))
            assert text[found.start - 100 : found.end - 100] == found.text
            words = found.text.strip(" .,").split()
            assert set(words) <= {word.strip(".") for word in text.split()}, found.text
            kept = text[start:end].strip(" .,")
            assert kept in found.text


@pytest.mark.parametrize("question", ["", " ", "\n\t "], ids=["nothing", "space", "lines"])
def test_an_empty_question_is_answered_by_a_sentence(
    question: str, library: Library, reader: LoadedReader
) -> None:
    document = kept(library, reader, lines(3))
    with pytest.raises(EmptyQuestion, match="type what you want to know"):
        asked(library, document, question, reader)


def test_nothing_is_found_where_the_reader_sees_no_answer(
    library: Library, unsure: LoadedReader
) -> None:
    document = kept(library, unsure, lines(30))
    read_to_its_end(library, unsure, document)
    answer = asked(library, document, "Xylophone?", unsure)
    assert (answer.found, answer.text) == (False, "")
    assert answer.confidence < 0.01
    assert len(answer.citations) == CITATIONS


@pytest.mark.parametrize("texts", [[], [" \n"]], ids=["empty", "blank"])
def test_nothing_is_found_in_a_document_without_words(
    texts: list[str], library: Library, sure: LoadedReader
) -> None:
    answer = asked(library, kept(library, sure, texts), "Which mill?", sure)
    assert (answer.text, answer.found, answer.confidence, answer.citations) == ("", False, 0.0, ())


def test_the_best_mixture_comes_first_and_its_confidence_is_told(
    library: Library, reader: LoadedReader
) -> None:
    document = kept(library, reader, lines(40))
    read_to_its_end(library, reader, document)
    question = "When did the bridge fall?"
    evidence = gathered(library, document, question, reader)
    ranked = sorted(evidence, key=SHIPPED.score, reverse=True)[:CITATIONS]
    answer = asked(library, document, question, reader)
    scores = {
        (e.passage.start + e.sentence[0], e.passage.start + e.sentence[1]): SHIPPED.score(e)
        for e in evidence
    }
    found = [scores[each.sentence_start, each.sentence_end] for each in answer.citations]
    assert found == [SHIPPED.score(each) for each in ranked]
    assert answer.confidence == SHIPPED.confidence(ranked[0])
    assert answer.found == (answer.confidence >= SHIPPED.found)
    assert answer.seconds > 0


def test_an_unfinished_reading_can_be_asked(library: Library, sure: LoadedReader) -> None:
    texts = lines(600)
    document = kept(library, sure, texts)
    whole = Document("Chronicle", "".join(texts), (0,), (), ())
    for groups in (0, 1, 3, None):
        read_to_its_end(library, sure, document, groups=groups)
        answer = asked(library, document, "Which entry has the number 590?", sure)
        assert answer.found
        check(answer, whole)


def test_the_stored_state_of_a_long_document_decides_the_answer(
    library: Library, reader: LoadedReader
) -> None:
    texts = lines(600)
    texts[560] = "Quibble dates from the late hours of the chronicle.\n"
    document = kept(library, reader, texts)
    forgotten = ask_late(library, document, reader)
    read_to_its_end(library, reader, document)
    remembered = ask_late(library, document, reader)
    assert abs(remembered - forgotten) > 1e-4
    assert ask_late(library, document, reader) == remembered


def ask_late(library: Library, document: DocumentRecord, reader: LoadedReader) -> float:
    """The odds of the one sentence with a rare word, far into the document."""
    evidence = gathered(library, document, "quibble?", reader)
    (odds,) = [e.odds for e in evidence if "Quibble" in e.passage.text]
    return odds


def test_a_damaged_snapshot_is_told_and_not_answered_from(
    library: Library, reader: LoadedReader, tmp_path: Path
) -> None:
    document = kept(library, reader, lines(600))
    read_to_its_end(library, reader, document)
    with closing(sqlite3.connect(tmp_path / "library.db")) as file:
        file.execute("UPDATE snapshot SET payload = zeroblob(length(payload))")
        file.commit()
    with pytest.raises(storage.errors.StateDamaged, match="read it again"):
        asked(library, document, "Which entry has the number 590?", reader)


def test_a_score_is_the_weighted_sum_and_its_confidence_logistic() -> None:
    passage = PassageRecord(1, 0, "The mill.", 0, 1, "", 0, 3)
    evidence = Evidence(
        DOCUMENT, passage, (0, 9), (4, 8), odds=-2.0, shared=3.0, around=5.0, before=1.0
    )
    weights = {"reader": 0.5, "sentence": 2.0, "preceding": 0.25, "passage": 0.1}
    mixture = Mixture(**weights, trust=0.4, slope=2.0, offset=-3.0)
    assert mixture.score(evidence) == pytest.approx(-1.0 + 6.0 + 0.25 + 0.5)
    assert mixture.confidence(evidence) == mixture.chance(mixture.score(evidence), 5.0)
    assert mixture.chance(1.5, 0.0) == pytest.approx(0.5)
    assert mixture.chance(1.5, 1.25) == pytest.approx(1 / (1 + math.exp(-1)))


@pytest.mark.parametrize("score", [-1e6, 1e6], ids=["hopeless", "certain"])
def test_confidence_stays_within_its_bounds(score: float) -> None:
    assert SHIPPED.chance(score, 0.0) == (1.0 if score > 0 else 0.0)


def test_a_page_that_says_more_of_the_matter_goes_before_one_that_is_alone() -> None:
    worth = [5.0, 4.5, 4.0, 4.0, -3.0]
    assert backed(worth, "abbbc") == pytest.approx([5 + 5 / 6, 6.5833, 6.0833, 6.0833, -3.0], 1e-3)
    one = backed(worth, "aaaaa")
    assert [a - b for a, b in zip(one, worth, strict=True)] == pytest.approx([2.25] * 5)
    assert backed([], []) == []
