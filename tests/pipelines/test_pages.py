"""Pictures of pages with the quote marked where it stands."""

import io
import threading

import pytest
from PIL import Image
from pypdfium2 import PdfDocument
from reportlab.pdfbase.pdfmetrics import stringWidth

from pipelines import pages
from pipelines.document import Upload
from pipelines.errors import UnreadableFile
from pipelines.extract import extract
from pipelines.sentences import sentences
from tests.pipelines.pdfs import LEADING, LEFT, TOP, Page, PdfMaker

WIDTH, HEIGHT = 595.28, 841.89
LINES = (
    "The ferry left at six. Gulls followed it",
    "to the lighthouse. It was an exam-",
    "ple of fine weather.",
    "Gull 12 300",
)
BOOK = (Page(("Another page.",)), Page(LINES), Page(("and went on over the border.",)))


@pytest.mark.parametrize(
    ("quote", "line", "before"),
    [("The ferry left at six.", 0, ""), ("Gull 12 300", 3, ""), ("lighthouse.", 1, "to the ")],
)
def test_a_quote_in_one_line_has_one_box_around_it(
    make_pdf: PdfMaker, quote: str, line: int, before: str
) -> None:
    ((left, top, right, bottom),) = pages.boxes(make_pdf(BOOK), 2, quote)
    begin = LEFT + stringWidth(before, "Helvetica", 12)
    baseline = HEIGHT - (TOP - line * LEADING)
    assert left * WIDTH == pytest.approx(begin, abs=2)
    assert right * WIDTH == pytest.approx(begin + stringWidth(quote, "Helvetica", 12), abs=2)
    assert baseline - 12 < top * HEIGHT < baseline < bottom * HEIGHT + 1 < baseline + 5


def test_a_quote_over_lines_has_a_box_for_each(make_pdf: PdfMaker) -> None:
    found = pages.boxes(make_pdf(BOOK), 2, "Gulls followed it\nto the lighthouse.")
    assert len(found) == 2
    assert found[0][3] <= found[1][1] + 0.005
    assert found[1][0] < found[0][0]


def test_every_sentence_of_the_extracted_text_is_found_on_its_page(make_pdf: PdfMaker) -> None:
    content = make_pdf(BOOK)
    document = extract(Upload("a.pdf", content))
    assert "example" in document.text
    for start, end in sentences(document.text):
        assert pages.boxes(content, document.page_at(start), document.text[start:end])


def test_of_a_quote_over_the_border_of_pages_each_page_shows_its_part(make_pdf: PdfMaker) -> None:
    content = make_pdf(BOOK)
    quote = "Gull 12 300\nand went on over the border."
    assert len(pages.boxes(content, 2, quote)) == 1
    assert len(pages.boxes(content, 3, quote)) == 1
    assert pages.boxes(content, 1, quote) == ()


def test_a_number_is_not_found_inside_another(make_pdf: PdfMaker) -> None:
    content = make_pdf((Page(("It cost 194 in spring", "and 94 in autumn.")),))
    ((_, top, _, _),) = pages.boxes(content, 1, "94")
    assert top * HEIGHT > HEIGHT - TOP


@pytest.mark.parametrize("quote", ["Not here.", "", " \n"])
def test_a_quote_that_does_not_stand_has_no_box(make_pdf: PdfMaker, quote: str) -> None:
    assert pages.boxes(make_pdf(BOOK), 2, quote) == ()


def turned(content: bytes, rotation: int) -> bytes:
    out = io.BytesIO()
    pdf = PdfDocument(content)
    pdf[0].set_rotation(rotation)
    pdf.save(out)
    pdf.close()
    return out.getvalue()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_box_lies_on_dark_ink_whatever_the_rotation(make_pdf: PdfMaker, rotation: int) -> None:
    content = turned(make_pdf((Page(("", "", "Alone on its page.")),)), rotation)
    ((left, top, right, bottom),) = pages.boxes(content, 1, "Alone on its page.")
    picture = pages.render(content, 1, 2).convert("L")
    width, height = picture.size
    assert (width > height) == (rotation in (90, 270))
    ink = picture.point(lambda grey: 255 * (grey < 128)).getbbox()
    assert ink is not None
    assert ink == pytest.approx((left * width, top * height, right * width, bottom * height), abs=8)


def colours_of(picture: Image.Image) -> set[tuple[int, int, int]]:
    data = picture.tobytes()
    return set(zip(data[::3], data[1::3], data[2::3], strict=True))


def test_the_marked_page_has_the_width_asked_for_and_keeps_the_text_dark(
    make_pdf: PdfMaker,
) -> None:
    content = make_pdf(BOOK)
    quote = "The ferry left at six."
    picture = Image.open(io.BytesIO(pages.highlighted(content, 2, quote, 1000)))
    assert picture.format == "PNG"
    assert picture.width == 1000
    ((left, top, right, bottom),) = pages.boxes(content, 2, quote)
    width, height = picture.size
    marked = picture.crop(
        (int(left * width), int(top * height), int(right * width), int(bottom * height))
    )
    colours = colours_of(marked)
    assert max(colours, key=sum) == (255, 233, 120)
    assert min(map(sum, colours)) < 60
    rest = picture.crop((0, height // 2, width, height))
    assert colours_of(rest) == {(255, 255, 255)}


def test_a_page_without_the_quote_is_drawn_unmarked(make_pdf: PdfMaker) -> None:
    picture = Image.open(io.BytesIO(pages.highlighted(make_pdf(BOOK), 1, "Not here.", 300)))
    assert all(red == green == blue for red, green, blue in colours_of(picture))


@pytest.mark.parametrize("page", [0, 4, -1])
def test_a_page_that_does_not_exist_is_a_programming_mistake(make_pdf: PdfMaker, page: int) -> None:
    with pytest.raises(ValueError, match=rf"page {page} of a document of 3 pages"):
        pages.render(make_pdf(BOOK), page, 1)


def test_a_damaged_document_is_a_sentence() -> None:
    with pytest.raises(UnreadableFile, match="damaged"):
        pages.highlighted(b"%PDF-1.7 no more", 1, "x", 300)


def test_a_giant_page_is_drawn_smaller(make_pdf: PdfMaker) -> None:
    picture = pages.render(make_pdf(BOOK), 1, 500)
    assert 30_000_000 < picture.width * picture.height < 41_000_000


def test_threads_draw_while_others_read(make_pdf: PdfMaker) -> None:
    content = make_pdf(BOOK)
    wanted = pages.highlighted(content, 2, "lighthouse.", 200)
    got: list[bool] = []

    def draw() -> None:
        got.extend(pages.highlighted(content, 2, "lighthouse.", 200) == wanted for _ in range(10))

    def read() -> None:
        got.extend("lighthouse" in extract(Upload("a.pdf", content)).text for _ in range(10))

    threads = [threading.Thread(target=work) for work in (draw, read, draw, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True] * 40
