"""Summaries quote what stands in the text, where they say, from what one reading left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql

from pipelines.sentences import sentences
from pipelines.summarise.length import Length
from pipelines.summarise.material import MOST, gather
from pipelines.summarise.summary import Summary, summarise
from retnet_core.checkpoint import LoadedReader
from storage import saliences
from storage.library import Library
from storage.records import COUNT, MARK, DocumentRecord, salience_record
from tests.pipelines.summarise.conftest import Put, chronicle, document


def quotes_are_exact(library: Library, summary: Summary) -> bool:
    """Whether each quote stands in the text where it says, on the page and in the section."""
    for quote in summary.sentences:
        whole, starts = library.text(quote.document.id), library.page_starts(quote.document.id)
        outline = [(start, title) for _, title, start in library.outline(quote.document.id)]
        page = max(n for n, start in enumerate(starts, start=1) if start <= quote.start)
        section = max([(-1, ""), *(each for each in outline if each[0] <= quote.start)])[1]
        if whole[quote.start : quote.end] != quote.text:
            return False
        if (quote.page, quote.section) != (page, section):
            return False
    return True


@pytest.mark.parametrize("sentences", [1, 3, 40])
def test_a_summary_has_so_many_sentences_in_the_order_of_the_text(
    library: Library, put: Put, sentences: int
) -> None:
    record = put(document(chronicle(40), pages=4))
    summary = summarise(library, "ann", [record], Length(sentences=sentences))
    starts = [quote.start for quote in summary.sentences]
    assert len(starts) <= sentences
    assert len(starts) == sentences or sentences == 40  # some say too much the same
    assert starts == sorted(set(starts))
    assert summary.ranking == "salience"
    assert summary.unread == ()
    assert quotes_are_exact(library, summary)
    assert summary.text == " ".join(quote.line for quote in summary.sentences)


def mark(library: Library, record: DocumentRecord) -> None:
    """Sentences and saliences as a reading leaves them, without the reading."""
    passages = library.passages(record.id)
    cut = [sentences(passage.text) for passage in passages]
    counts = np.array([len(each) for each in cut], COUNT)
    marks = np.zeros(counts.sum(), MARK)
    spans = [(p.start + a, b - a) for p, each in zip(passages, cut, strict=True) for a, b in each]
    marks["start"], marks["length"] = np.array(spans).T
    marks["salience"] = np.random.default_rng(1).normal(size=len(marks))
    run = salience_record(0, counts.tobytes(), marks.tobytes(), "weights")
    with library._database.writing() as connection:
        saliences.save(connection, record.id, run)


def test_saliences_decide(library: Library, put: Put) -> None:
    record = put(document(chronicle(40)))
    marked = gather(library, "ann", [record]).sentences
    with library._database.writing() as connection:
        (run,) = library.saliences("ann", [record.id])[record.id]
        marks = run.sentences().copy()
        chosen = 29
        assert marks["start"][chosen] == marked[chosen].start
        marks["salience"] = 0
        marks["salience"][chosen] = 100
        changed = salience_record(0, run.counts, marks.tobytes(), run.weights_fingerprint)
        saliences.save(connection, record.id, changed)
    (quote,) = summarise(library, "ann", [record], Length(sentences=1)).sentences
    assert quote.start == marked[chosen].start


def test_headings_rows_and_references_are_not_quoted(library: Library, put: Put) -> None:
    text = (
        "# The mill of the valley\n\nNet sales: 2021 $12; 2020 $11\n\n"
        "The mill ground corn until the flood came in the spring.\n\n"
        "# References\n\nThe mills of the valley were told of by many people then.\n"
    )
    summary = summarise(library, "ann", [put(document(text))], Length(sentences=9))
    assert [quote.line for quote in summary.sentences] == [
        "The mill ground corn until the flood came in the spring."
    ]


def test_a_document_without_running_text_is_quoted_all_the_same(library: Library, put: Put) -> None:
    summary = summarise(library, "ann", [put(document("bread\n\nmilk\n\n— —\n"))])
    assert [quote.text for quote in summary.sentences] == ["bread", "milk"]


@pytest.mark.parametrize("text", ["", " \n\n "])
def test_an_empty_document_has_an_empty_summary(library: Library, put: Put, text: str) -> None:
    summary = summarise(library, "ann", [put(document(text))])
    assert (summary.sentences, summary.text) == ((), "")
    assert summarise(library, "ann", []).sentences == ()


def test_a_document_without_saliences_is_ranked_by_its_words_and_that_is_said(
    library: Library, put: Put, reader: LoadedReader
) -> None:
    known, bare = put(document(chronicle(12))), put(document(chronicle(16), "Bare"), reader)
    unread = put(document(chronicle(20), "Unread"), None)
    summary = summarise(library, "ann", [known, bare, unread], Length(sentences=6))
    assert summary.ranking == "words"
    assert [each.title for each in summary.unread] == ["Bare", "Unread"]
    assert {quote.document.id for quote in summary.sentences} == {known.id, bare.id, unread.id}
    assert quotes_are_exact(library, summary)


def test_damaged_saliences_are_not_used_and_that_is_said(library: Library, put: Put) -> None:
    record = put(document(chronicle(12)))
    with library._database.writing() as connection:
        connection.execute(sql("UPDATE salience SET checksum = 'x'"))
    summary = summarise(library, "ann", [record])
    assert summary.ranking == "words"
    assert quotes_are_exact(library, summary)


def test_every_document_has_its_say_and_nothing_is_said_twice(library: Library, put: Put) -> None:
    shared = "The bridge over the river Marden fell in the night of the great flood."
    records = [
        put(document(f"{shared} {chronicle(8 + 4 * n)}", f"Chronicle {n}")) for n in range(3)
    ]
    summary = summarise(library, "ann", records, Length(sentences=9))
    lines = [quote.line for quote in summary.sentences]
    assert len(set(lines)) == len(lines)
    assert {quote.document.id for quote in summary.sentences} == {each.id for each in records}
    order = [records.index(quote.document) for quote in summary.sentences]
    assert order == sorted(order)


@pytest.mark.parametrize("marked", [True, False], ids=["saliences", "words"])
def test_of_a_long_document_only_a_part_of_the_text_is_looked_at(
    library: Library, put: Put, marked: bool
) -> None:
    record = put(document(chronicle(2 * MOST), pages=50), None)
    if marked:
        mark(library, record)
    found = gather(library, "ann", [record]).sentences
    assert MOST * 0.9 <= len(found) <= MOST * 1.1
    assert found[-1].start > 0.99 * record.characters
    summary = summarise(library, "ann", [record], Length(sentences=12))
    assert len(summary.sentences) == 12
    assert quotes_are_exact(library, summary)


def test_of_a_large_library_little_of_each_document_is_looked_at(
    library: Library, put: Put
) -> None:
    records = [put(document(f"Number {n}. {chronicle(120)}"), None) for n in range(40)]
    found = gather(library, "ann", records).sentences
    assert len(found) <= 1.5 * MOST
    assert {each.document for each in found} == set(range(40))


def test_what_another_owner_has_is_not_summarised(library: Library, put: Put) -> None:
    record = put(document(chronicle(8)))
    assert set(library.saliences("ann", [record.id])) == {record.id}
    assert library.saliences("bob", [record.id]) == {}


TEXTS = st.lists(
    st.sampled_from(
        ["The mill ground corn until the flood.", "Of mills", "Net sales: 2021 $1; 2020 $2",
         "\n\n", "and then", "# A head", "“Go,” he said to all of them.",
         "村は川の上の丘にあります。", "x" * 90, "Mr. Velling left on 3.", "5 and the rest came."]
    ),
    max_size=25,
).map("\n".join)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=TEXTS, words=st.integers(1, 60), pages=st.integers(1, 4))
def test_any_summary_is_verbatim_and_no_longer_than_asked(
    library: Library, put: Put, text: str, words: int, pages: int
) -> None:
    record = put(document(text, pages=pages))
    summary = summarise(library, "ann", [record], Length(words=words))
    assert quotes_are_exact(library, summary)
    assert len(summary.sentences) <= 1 or len(summary.text.split()) <= words
    library.delete("ann", record.id)


def test_no_model_is_loaded(tmp_path: Path) -> None:
    script = (
        "import sys, app.summarising, pipelines.summarise.figures\n"
        "assert 'torch' not in sys.modules, 'torch'"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", script], check=True, cwd=root)


def test_equal_documents_have_equal_summaries(
    library: Library, put: Put, heads: LoadedReader
) -> None:
    record = put(document(chronicle(24)))
    first = summarise(library, "ann", [record])
    library.delete("ann", record.id)
    again = summarise(library, "ann", [put(document(chronicle(24)), heads)])
    assert (again.text, again.ranking) == (first.text, "salience")
