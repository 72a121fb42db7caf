"""Word, OpenDocument, EPUB, HTML and Rich Text: text, outline, pages, tables, refusals."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.document import Document, Upload
from pipelines.errors import UnreadableFile
from pipelines.extract import extract
from pipelines.sentences import sentences
from tests.pipelines.files import archive, epub, odt, word

TABLE = "<tr><th></th><th>2022</th><th>2021</th></tr><tr><td>Net</td><td>$5</td><td>6</td></tr>"


def outlined(document: Document) -> list[tuple[int, str]]:
    """The headings, each of which stands in the text where it says."""
    for heading in document.outline:
        assert document.text.startswith(heading.title, heading.start)
    return [(heading.level, heading.title) for heading in document.outline]


def test_a_word_document_has_its_outline_lists_tables_and_the_pages_that_word_laid_out() -> None:
    document = extract(Upload("rules.docx", word()))
    assert document.title == "Harbour rules"
    assert outlined(document) == [(1, "Fares"), (2, "Crews")]
    assert document.text == (
        "Fares\n\nThe ferry left at six.\n• No dogs on deck\n\n2022 | 2021\n"
        "Net revenues: 2022 $ 9,795; 2021 $ 10,420\nCosts: 2022 5; 2021 —\n\n"
        "Crews\n\nAll of them came home.\n\nNobody was late."
    )
    assert document.page_starts == (0, document.text.index("them came"))


def test_a_row_of_a_table_is_a_sentence_of_its_own() -> None:
    text = extract(Upload("rules.docx", word())).text
    assert "Costs: 2022 5; 2021 —" in {text[start:end] for start, end in sentences(text)}


BOOK = {
    "one.xhtml": f"<h1>One</h1><p>The ferry<br/>left.</p><table>{TABLE}</table>",
    "cover.xhtml": "<p><img src='x.png'/></p>",
    "gone.xhtml": "",
    "two.xhtml": "<h1>Two</h1>Loose <b>bold</b>ly.<ol><li>first</li><li>then</li></ol>",
}


def test_each_document_of_a_book_is_a_page_and_one_that_is_missing_costs_only_itself() -> None:
    document = extract(Upload("book.epub", epub(BOOK)))
    assert document.title == "The Ferry Book"
    assert outlined(document) == [(1, "One"), (1, "Two")]
    assert document.text == (
        "One\n\nThe ferry\nleft.\n\n2022 | 2021\nNet: 2022 $5; 2021 6\n\n"
        "Two\n\nLoose boldly.\n1. first\n2. then"
    )
    two = document.text.index("Two")
    assert document.page_starts == (0, two, two, two)
    assert document.pages_without_text == (2, 3)
    assert document.page_at(two) == 4


def test_a_book_that_is_protected_against_copying_says_so() -> None:
    locked = (
        '<encryption xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:CipherReference '
        'URI="OPS/one.xhtml"/></encryption>'
    )
    with pytest.raises(UnreadableFile, match=r"^b\.epub is protected against copying \(DRM\)"):
        extract(Upload("b.epub", epub(BOOK, more=locked)))
    fonts = locked.replace("one.xhtml", "font.otf")
    assert "ferry" in extract(Upload("b.epub", epub(BOOK, more=fonts))).text


ODT = (
    '<text:h text:outline-level="2">Fares</text:h><text:p>The<text:s text:c="3"/>ferry'
    "<text:soft-page-break/> left.</text:p><text:list><text:list-item><text:p>No dogs</text:p>"
    "</text:list-item></text:list><table:table><table:table-row>{}</table:table-row>"
    "<table:table-row>{}</table:table-row></table:table><text:p>End<text:note><text:note-body>"
    "<text:p>A note.</text:p></text:note-body></text:note></text:p>"
)


def cells(*texts: str) -> str:
    return "".join(f"<table:table-cell><text:p>{t}</text:p></table:table-cell>" for t in texts)


def test_an_open_document_has_headings_pages_lists_tables_and_notes() -> None:
    body = ODT.format(cells("", "2022", "2021"), cells("Net", "5", "6"))
    document = extract(Upload("a.odt", odt(body)))
    assert outlined(document) == [(2, "Fares")]
    assert document.text == (
        "Fares\n\nThe ferry left.\n• No dogs\n\n2022 | 2021\nNet: 2022 5; 2021 6\n\nEnd\n\n"
        "Note: A note."
    )
    assert document.page_starts == (0, document.text.index("left."))


def test_a_million_repeated_cells_are_one() -> None:
    repeated = 'table:table-cell table:number-columns-repeated="999999"'
    cell = f"<{repeated}><text:p>x</text:p></table:table-cell>"
    body = f"<table:table><table:table-row>{cell}{cell}</table:table-row></table:table>"
    assert extract(Upload("a.odt", odt(body))).text == "x"


def test_a_locked_open_document_says_so() -> None:
    with pytest.raises(UnreadableFile, match="password"):
        extract(Upload("a.odt", odt("<text:p>x</text:p>", "<m><encryption-data/></m>")))


PAGE = f"""<!doctype html><html><head><title>Harbour | Site</title><meta charset="utf-8"></head>
<body><nav><a href="/">Home</a><a href="/x">About us</a></nav><main><article><h1>Harbour report</h1>
<p>The ferry left at six in the morning, and gulls followed it to the lighthouse all the way.</p>
<h2>Fares</h2><p>Fares rose in spring &amp; fell in autumn, and nobody complained about it.</p>
<table>{TABLE}</table><ul><li>No <b>dogs</b> on deck</li></ul><script>alert(1)</script>
</article></main><footer>Copyright Site. All rights reserved.</footer></body></html>"""


def test_of_a_web_page_the_text_is_read_without_menus_and_feet() -> None:
    document = extract(Upload("a.html", PAGE.encode()))
    assert document.title == "Harbour report"
    assert outlined(document) == [(1, "Harbour report"), (2, "Fares")]
    assert "Net: 2022 $5; 2021 6\n• No dogs on deck" in document.text.replace("\n\n", "\n")
    assert "rose in spring & fell" in document.text
    for unwanted in ("Home", "About us", "rights reserved", "alert"):
        assert unwanted not in document.text


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16"])
def test_a_web_page_is_read_in_the_encoding_it_declares(encoding: str) -> None:
    page = f'<html><head><meta charset="{encoding}"></head><body><p>Паром отходит в шесть.</p>'
    assert "Паром отходит" in extract(Upload("a.html", page.encode(encoding))).text


def test_a_page_that_is_no_article_is_kept_whole() -> None:
    page = "<html><body><div>One</div><div>Two</div></body></html>"
    assert extract(Upload("a.htm", page.encode())).text == "One\n\nTwo"


def test_a_page_as_long_as_a_shelf_is_read_quickly_without_its_menu() -> None:
    said = "".join(f"<p>Paragraph {number} of a long page.</p>" for number in range(60_000))
    page = f"<html><body><nav>Home</nav>{said}</body></html>"
    began = time.process_time()
    text = extract(Upload("a.html", page.encode())).text
    assert time.process_time() - began < 10
    assert text.startswith("Paragraph 0 of")
    assert text.endswith("Paragraph 59999 of a long page.")


def test_a_page_nested_beyond_reason_is_refused_quickly() -> None:
    with pytest.raises(UnreadableFile, match=r"nests its elements more than 3,000 deep"):
        extract(Upload("a.html", b"<html>" + b"<div>" * 500_000))


RTF = (
    r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\pard Caf\'e9 one.\par\b Two\b0 \page Third "
    r"\u8364? page\par\trowd\cellx100 \cell 2022\cell 2021\cell\row Net\cell 5\cell 6\cell\row"
    r"\pard End\par}"
)


def test_a_rich_text_has_its_letters_its_forced_pages_and_its_tables() -> None:
    document = extract(Upload("a.rtf", RTF.encode()))
    assert document.text == (
        "Café one.\n\nTwo Third € page\n\n2022 | 2021\nNet: 2022 5; 2021 6\n\nEnd"
    )
    assert document.page_starts == (0, document.text.index("Third"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", archive({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"})),
        ("a.epub", archive({"mimetype": "application/epub+zip"})),
        ("a.odt", archive({"mimetype": "application/vnd.oasis.opendocument.text"})),
        ("a.odt", odt("<text:p>x")),
        ("a.docx", word()[: len(word()) // 2]),
        ("a.html", b"<html><body> </body></html>"),
        ("a.rtf", rb"{\rtf1 }"),
    ],
)
def test_what_is_damaged_or_empty_says_so_in_a_sentence(name: str, content: bytes) -> None:
    with pytest.raises(UnreadableFile, match=rf"^{name} ") as caught:
        extract(Upload(name, content))
    assert str(caught.value).endswith(".")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60))
def test_any_words_of_a_paragraph_come_through_a_book_and_an_open_document(said: str) -> None:
    escaped = said.replace("&", "&amp;").replace("<", "&lt;")
    book = extract(Upload("a.epub", epub({"one.xhtml": f"<p>Begin {escaped} end</p>"}))).text
    other = extract(Upload("a.odt", odt(f"<text:p>Begin {escaped} end</text:p>"))).text
    noise = "\xad\u200b\ufeff\ufffe\uffff"
    kept = said.translate({ord(sign): None for sign in noise}).split()
    assert book.split()[1:-1] == kept
    assert other.split()[1:-1] == kept
