"""Plain text and Markdown: encodings, line ends, headings, and what is refused."""

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.document import Document, Heading, Upload
from pipelines.errors import BeyondLimit, PipelineError, UnreadableFile, UnsupportedFile
from pipelines.extract import Limits, extract

# Any Unicode that a text file may hold; NUL and lone surrogates it may not.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0")).filter(str.strip)
GERMAN = "Die Fähre fährt früh über den großen Fluß, die Möwen schreien dazu übermütig. " * 3
ENGLISH = "The café on the quay sold soup for £3, and the mate called it “fair” — mostly. " * 3
SOUP = "A cup of soup cost £3 on the quay, and nobody complained about it in the least."
RUSSIAN = "Паром отходит в шесть часов утра, и чайки летят за ним до самого маяка. " * 3
JAPANESE = "船は朝六時に港を出て、かもめは灯台まで後を追います。" * 6


def text_of(name: str, content: bytes) -> str:
    return extract(Upload(name, content)).text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-32"),
        (GERMAN, "cp1252"),
        (ENGLISH, "cp1252"),
        (ENGLISH, "utf-8"),
        (SOUP, "cp1252"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "utf-8"),
    ],
    ids=lambda value: value if len(value) < 12 else "",
)
def test_text_is_read_in_the_encoding_it_was_written_in(text: str, encoding: str) -> None:
    assert text_of("log.txt", text.encode(encoding)) == text


@given(TEXTS)
def test_any_unicode_text_is_kept_but_for_line_ends_and_the_byte_order_mark(text: str) -> None:
    content = b"A plain line of letters, long enough to be a text.\n" * 20 + text.encode()
    kept = content.decode().replace("\r\n", "\n").replace("\r", "\n")
    assert text_of("a.txt", content) == kept


def test_a_text_file_is_one_page_without_outline_named_after_the_file() -> None:
    document = extract(Upload("harbour log.txt", b"Fog.\r\nThen rain.\rThen sun."))
    assert document.text == "Fog.\nThen rain.\nThen sun."
    assert (document.title, document.page_starts, document.outline) == ("harbour log", (0,), ())


MARKDOWN = """---
title: front matter
---
Intro before any heading.

# The *Gull* Ferry ##

## [Timetable](times.html) of `winter`
```
# not a heading
```
~~~~
# nor this
~~~
## nor this
~~~~
Two ways
========
To underline
---
- a list
---
#hashtag, no heading
    # code, no heading
####### seven signs
### snake_case stays
"""


def test_markdown_is_kept_as_written_and_its_headings_are_the_outline() -> None:
    document = extract(Upload("notes.md", MARKDOWN.encode()))
    assert document.text == MARKDOWN
    assert document.title == "The Gull Ferry"
    assert [(heading.level, heading.title) for heading in document.outline] == [
        (1, "The Gull Ferry"),
        (2, "Timetable of winter"),
        (1, "Two ways"),
        (2, "To underline"),
        (3, "snake_case stays"),
    ]


def test_each_heading_starts_at_its_line() -> None:
    document = extract(Upload("notes.markdown", MARKDOWN.encode()))
    lines = [MARKDOWN[heading.start :].split("\n")[0] for heading in document.outline]
    assert lines == [
        "# The *Gull* Ferry ##",
        "## [Timetable](times.html) of `winter`",
        "Two ways",
        "To underline",
        "### snake_case stays",
    ]


def test_hashes_in_a_plain_text_are_no_headings() -> None:
    assert extract(Upload("a.txt", b"# A comment\nand more")).outline == ()


def test_markdown_without_headings_is_named_after_the_file() -> None:
    document = extract(Upload("plain.md", b"No heading here."))
    assert (document.title, document.outline) == ("plain", ())


def test_the_highest_heading_is_the_title_even_if_it_is_not_the_first() -> None:
    document = extract(Upload("a.md", b"### Note\n\n# Report\n"))
    assert document.title == "Report"
    assert document.outline == (Heading(3, "Note", 0), Heading(1, "Report", 10))


def office(part: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, "<x/>")
    return out.getvalue()


def spreadsheet() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (office("xl/workbook.xml"), "Excel"),
        (office("ppt/presentation.xml"), "PowerPoint"),
        (office("other.txt"), "ZIP"),
        (spreadsheet(), "OpenDocument file"),
        (b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Microsoft Office"),
        (b"%!PS-Adobe-3.0\n", "PostScript"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(40), "JPEG"),
        (gzip.compress(b"text inside " * 90), "gzip"),
        (b"\x7fELF\x02\x01\x01" + bytes(40), "ELF"),
        (b"SQLite format 3\0" + bytes(40), "SQLite"),
        (b"some letters " * 20 + b"\0and more", "binary"),
        (bytes(range(1, 32)) * 20, "binary"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_formats_are_refused_by_name_whatever_the_extension(
    content: bytes, said: str
) -> None:
    with pytest.raises(UnsupportedFile, match=said) as caught:
        extract(Upload("really.txt", content))
    assert str(caught.value).startswith("really.txt is ")
    assert str(caught.value).endswith(".")


def test_a_text_that_speaks_of_pdf_is_a_text() -> None:
    text = "A file that begins with %PDF-1.7 is a PDF.\n" * 9
    assert text_of("note.txt", text.encode()) == text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("void.txt", b"", "void.txt is empty (0 bytes)"),
        ("blank.txt", b" \n\t\r\n ", "only white space"),
        ("blank.md", "\ufeff \u3000\n".encode(), "only white space"),
        ("half.txt", "Fähre".encode("utf-16")[:-1], "damaged UTF-16 text"),
        ("big.txt", b"a" * 2_097_153, "has 2.0 MB, and text files are read up to 1 MB"),
    ],
)
def test_a_text_that_cannot_be_read_says_why_and_what_to_do(
    name: str, content: bytes, said: str
) -> None:
    with pytest.raises((BeyondLimit, UnreadableFile)) as caught:
        extract(Upload(name, content), Limits(text_bytes=1_048_576))
    assert said in str(caught.value)
    assert str(caught.value).count(". ") == 1


def test_a_text_of_50_megabytes_is_refused_by_default() -> None:
    with pytest.raises(BeyondLimit, match=r"has 50\.0 MB, and text files are read up to 32 MB"):
        extract(Upload("huge.txt", b"word " * (10 * 1024 * 1024)))


@given(st.binary(max_size=300))
def test_any_bytes_give_a_document_or_a_sentence(content: bytes) -> None:
    outcome = outcome_of(content)
    if isinstance(outcome, PipelineError):
        assert str(outcome).startswith("x.txt")
    else:
        assert outcome.text.strip()
        assert "\r" not in outcome.text
        outcome.text.encode()


def outcome_of(content: bytes) -> Document | PipelineError:
    try:
        return extract(Upload("x.txt", content))
    except PipelineError as error:
        return error
