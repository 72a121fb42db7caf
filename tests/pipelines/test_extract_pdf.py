"""PDF: pages, bookmarks, line ends, and files that cannot be read."""

import io
import re
import threading

import pytest
from pypdfium2 import PdfDocument

from pipelines.document import Upload
from pipelines.errors import BeyondLimit, UnreadableFile
from pipelines.extract import Limits, extract
from pipelines.pdfium import exclusive
from tests.pipelines.pdfs import Page, PdfMaker

STORY = (
    Page(("The ferry left at six.", "Gulls followed it to the", "lighthouse.")),
    Page(("At noon the wind turned and the old", "mate set the second sail, which")),
    Page(("held until evening.", "Then they came home.")),
)


def test_pages_start_exactly_where_their_text_does(make_pdf: PdfMaker) -> None:
    document = extract(Upload("story.pdf", make_pdf(STORY)))
    for number, page in enumerate(STORY, 1):
        start = document.page_starts[number - 1]
        shown = "\n".join(page.lines)
        assert document.text[start : start + len(shown)] == shown
        assert document.page_at(start) == number
        assert document.page_at(start + len(shown) - 1) == number
    assert document.pages_without_text == ()


def test_a_sentence_over_the_border_of_two_pages_is_not_torn_by_a_blank_line(
    make_pdf: PdfMaker,
) -> None:
    text = extract(Upload("story.pdf", make_pdf(STORY))).text
    assert "which\nheld until evening." in text
    assert "lighthouse.\n\nAt noon" in text


def test_pages_without_text_are_counted_and_the_others_read(make_pdf: PdfMaker) -> None:
    pages = (Page(picture=True), STORY[0], Page(picture=True), Page(), STORY[2], Page(picture=True))
    document = extract(Upload("scan.pdf", make_pdf(pages)))
    assert document.pages_without_text == (1, 3, 4, 6)
    assert len(document.page_starts) == 6
    assert document.page_starts[0] == 0
    assert list(document.page_starts) == sorted(document.page_starts)
    assert document.page_at(document.text.index("ferry")) == 2
    assert document.page_at(document.text.index("lighthouse") + 11) == 2
    assert document.page_at(document.text.index("held")) == 5


def test_bookmarks_become_the_outline_at_their_titles(make_pdf: PdfMaker) -> None:
    pages = (
        Page(("Preface", "The Fleet is old."), ((1, "Preface"),)),
        Page(
            ("We speak of The Fleet here.", "The Fleet", "Six hulls.", "Crews", "All of  them."),
            ((1, "The Fleet"), (2, "Crews"), (2, "Not in the text")),
        ),
    )
    document = extract(Upload("report.pdf", make_pdf(pages)))
    text = document.text
    found = {
        heading.title: (heading.level, text[heading.start :][:12]) for heading in document.outline
    }
    assert found["Preface"] == (1, "Preface\nThe ")
    assert found["The Fleet"] == (1, "The Fleet\nSi")
    assert found["Crews"][1].startswith("Crews\nAll")
    assert found["Not in the text"] == (2, "We speak of ")
    starts = [heading.start for heading in document.outline]
    assert starts == sorted(starts)
    assert document.section_at(text.index("Six hulls")) == "The Fleet"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("The Winter Timetable", "The Winter Timetable"),
        ("Microsoft Word - Harbour Rules", "Harbour Rules"),
        ("untitled", "file name"),
        ("report_final.docx", "file name"),
        ("0000320193-21-000105", "file name"),
        ("", "file name"),
    ],
)
def test_the_title_is_what_a_person_wrote(make_pdf: PdfMaker, written: str, title: str) -> None:
    content = make_pdf((STORY[0],), title=written)
    assert extract(Upload("file name.pdf", content)).title == title


def test_a_word_broken_at_a_line_end_is_whole_and_the_line_end_follows_it(
    make_pdf: PdfMaker,
) -> None:
    lines = ("It was an exam-", "ple of a long-", "term, well-known plan for a well-", "known port")
    text = extract(Upload("a.pdf", make_pdf((Page((*lines, "and a long-term aim")),)))).text
    assert text == (
        "It was an example\nof a long-term,\nwell-known plan for a well-known\nport\n"
        "and a long-term aim"
    )


def test_the_rows_of_a_table_stay_apart_though_they_end_in_a_dash(make_pdf: PdfMaker) -> None:
    rows = ("Fuel 286 - 286 -", "Other 185 186 194 203", "Crew 12 - 3 -", "All 1 - 3 4")
    pages = (Page(rows, table=True), STORY[0])
    text = extract(Upload("a.pdf", make_pdf(pages))).text
    assert text.split("\n")[:4] == list(rows)


def test_a_pdf_that_anyone_may_read_but_not_change_is_read(make_pdf: PdfMaker) -> None:
    content = make_pdf(STORY, owner_only="secret")
    assert "lighthouse" in extract(Upload("a.pdf", content)).text


def test_a_password_asks_for_a_copy_without_it(make_pdf: PdfMaker) -> None:
    with pytest.raises(UnreadableFile, match=r"^a\.pdf is protected by a password.*copy without"):
        extract(Upload("a.pdf", make_pdf(STORY, password="secret")))


def test_a_damaged_pdf_after_a_protected_one_is_not_called_protected(make_pdf: PdfMaker) -> None:
    for content, said in ((make_pdf(STORY, password="x"), "password"), (b"%PDF-1.4", "damaged")):
        with pytest.raises(UnreadableFile, match=said):
            extract(Upload("a.pdf", content))


def test_while_one_thread_has_pdfium_another_waits(make_pdf: PdfMaker) -> None:
    read: list[str] = []
    content = make_pdf(STORY)
    reader = threading.Thread(target=lambda: read.append(extract(Upload("a", content)).text))
    with exclusive():
        reader.start()
        reader.join(timeout=0.3)
        assert read == []
    reader.join()
    assert len(read) == 1


@pytest.mark.parametrize(("count", "said"), [(1, "The only page of a.pdf is"), (3, "All 3 pages")])
def test_a_scan_asks_for_text_recognition(make_pdf: PdfMaker, count: int, said: str) -> None:
    with pytest.raises(UnreadableFile, match=r"OCR") as caught:
        extract(Upload("a.pdf", make_pdf([Page(picture=True)] * count)))
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:200],
        lambda content: b"%PDF-1.7\nnothing more",
        lambda content: content[:9] + bytes(reversed(content[9:])),
    ],
    ids=["cut off", "only the mark", "reversed"],
)
def test_a_damaged_pdf_says_so(make_pdf: PdfMaker, damage: object) -> None:
    assert callable(damage)
    with pytest.raises(UnreadableFile, match=r"^a\.pdf is damaged.*[Dd]ownload it again"):
        extract(Upload("a.pdf", damage(make_pdf(STORY))))


def test_a_pdf_without_pages_says_so() -> None:
    out = io.BytesIO()
    PdfDocument.new().save(out)
    with pytest.raises(UnreadableFile, match=r"a\.pdf is a PDF without any page"):
        extract(Upload("a.pdf", out.getvalue()))


def test_one_broken_page_costs_only_itself(make_pdf: PdfMaker) -> None:
    content = make_pdf(STORY)
    second = list(re.finditer(rb"/Type /Page\b", content))[1]
    broken = content[: second.start()] + b"/Type /Junk" + content[second.end() :]
    document = extract(Upload("a.pdf", broken))
    assert document.pages_without_text == (2,)
    assert "ferry" in document.text
    assert "came home" in document.text
    assert document.page_at(document.text.index("came home")) == 3


def test_a_page_whose_content_is_garbage_costs_only_itself(make_pdf: PdfMaker) -> None:
    content = make_pdf(STORY)
    begins = [match.end() for match in re.finditer(rb"stream\r?\n", content)]
    begin = begins[[i for i, at in enumerate(begins) if content[at - 10 : at - 7] != b"end"][1]]
    end = content.index(b"endstream", begin)
    broken = content[:begin] + bytes(reversed(content[begin:end])) + content[end:]
    document = extract(Upload("a.pdf", broken))
    assert document.pages_without_text == (2,)
    assert document.page_at(document.text.index("came home")) == 3


def test_a_pdf_over_the_limit_is_refused_with_the_numbers(make_pdf: PdfMaker) -> None:
    content = make_pdf(STORY) + b"\n" * 1_100_000
    with pytest.raises(BeyondLimit, match=r"has 1\.1 MB, and PDF files are read up to 1 MB"):
        extract(Upload("a.pdf", content), Limits(pdf_bytes=1_048_576))


def test_the_mark_may_stand_after_other_bytes(make_pdf: PdfMaker) -> None:
    assert "ferry" in extract(Upload("mail", b"\r\n\r\n" + make_pdf(STORY))).text


def test_threads_read_at_once_and_get_the_same(make_pdf: PdfMaker) -> None:
    contents = [make_pdf(STORY[:count]) for count in (1, 2, 3)]
    wanted = [extract(Upload("a.pdf", content)) for content in contents]
    got: list[bool] = []

    def read_many() -> None:
        for _ in range(10):
            got.extend(
                extract(Upload("a.pdf", content)) == document
                for content, document in zip(contents, wanted, strict=True)
            )

    threads = [threading.Thread(target=read_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True] * 120
