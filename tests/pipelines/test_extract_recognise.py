"""Text recognition of scanned pages: off by default, with the real program where it is present."""

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipelines.document import Upload
from pipelines.errors import UnreadableFile
from pipelines.extract import Limits, extract
from tests.conftest import missing

RECOGNISED = Limits(ocr="eng")


@pytest.fixture
def tesseract() -> None:
    if shutil.which("tesseract") is None:
        missing("tesseract is not installed: apt-get install tesseract-ocr")


def scan(*texts: str) -> bytes:
    """A PDF whose pages are pictures: of a text, or of nothing for ""."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for text in texts:
        picture = Image.new("L", (1240, 1754), "white")
        ImageDraw.Draw(picture).text((120, 200), text, font=ImageFont.load_default(44), fill=0)
        canvas.drawImage(ImageReader(picture), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.mark.usefixtures("tesseract")
def test_scanned_pages_are_recognised_and_those_without_any_text_counted() -> None:
    content = scan("The ferry left at six.", "", "Then they came home.")
    document = extract(Upload("scan.pdf", content), RECOGNISED)
    assert document.text.split("\n\n") == ["The ferry left at six.", "Then they came home."]
    assert document.pages_without_text == (2,)
    assert document.page_at(document.text.index("home")) == 3


def test_nothing_is_recognised_unless_languages_are_named() -> None:
    with pytest.raises(UnreadableFile, match=r"Install the program tesseract and set READONCE_OCR"):
        extract(Upload("scan.pdf", scan("The ferry left at six.")))


def test_without_the_program_a_scan_says_how_to_have_it_recognised(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableFile, match=r"^All 2 pages of scan\.pdf .*Install .*tesseract"):
        extract(Upload("scan.pdf", scan("One.", "Two.")), RECOGNISED)


@pytest.mark.usefixtures("tesseract")
def test_a_language_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnreadableFile, match=r"does not know qqq, only .*eng"):
        extract(Upload("scan.pdf", scan("One.")), Limits(ocr="eng+qqq"))


@pytest.mark.usefixtures("tesseract")
def test_a_scan_on_which_nothing_is_recognised_says_so() -> None:
    with pytest.raises(UnreadableFile, match=r"text recognition \(eng\) finds none"):
        extract(Upload("scan.pdf", scan("")), RECOGNISED)
