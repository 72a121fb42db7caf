"""PDF: the text of each page, the exact start of each page, the bookmarks as outline."""

import math
from collections.abc import Sequence

from pypdfium2 import PdfDocument, PdfiumError

from pipelines.document import Document, Upload
from pipelines.errors import UnreadableFile
from pipelines.extract import recognise
from pipelines.extract.bookmarks import Bookmark, placed, read_bookmarks
from pipelines.extract.cleaning import clean_line, clean_pages
from pipelines.extract.limits import Limits, check_characters, check_pages
from pipelines.extract.page_text import page_text
from pipelines.extract.text import stem
from pipelines.extract.titles import written_title
from pipelines.extract.watch import PageWatch
from pipelines.pdfium import exclusive, loaded, opened

_SENTENCE_STOPS = ".!?:;\"'”’)]。！？"


def extract_pdf(upload: Upload, limits: Limits, watch: PageWatch) -> Document:
    """The text of a PDF; a page that is broken, passed over or only a picture is listed, not fatal.

    Those without text are recognised where limits.ocr names languages and tesseract is present.
    """
    with opened(upload.name, upload.content) as pdf:
        raw, ocr = _page_texts(upload, pdf, limits, watch), limits.ocr
        if ocr and recognise.is_present() and not all(page.strip() for page in raw):
            recognise.check_languages(ocr)
            raw = [
                page if page.strip() else _recognised(pdf, number, ocr, watch)
                for number, page in enumerate(raw, 1)
            ]
        watch.begins(0)
        bookmarks = read_bookmarks(pdf, limits.headings)
        with exclusive():
            metadata_title = pdf.get_metadata_value("Title")
    pages = clean_pages(raw)
    without_text = tuple(number for number, page in enumerate(pages, 1) if not page)
    if len(without_text) == len(pages):
        raise _no_text(upload, len(pages), ocr)
    text, starts = _joined(pages)
    title = written_title(clean_line(metadata_title)) or _heading_title(bookmarks) or stem(upload)
    return Document(title, text, starts, placed(bookmarks, text, starts), without_text)


def _page_texts(upload: Upload, pdf: PdfDocument, limits: Limits, watch: PageWatch) -> list[str]:
    with exclusive():
        count = len(pdf)
    check_pages(upload, count, limits)
    texts: list[str] = []
    length = 0
    for page in range(1, count + 1):
        texts.append(_page_text(pdf, page, watch))
        length += len(texts[-1])
        check_characters(upload, length, limits)
    return texts


def _page_text(pdf: PdfDocument, page: int, watch: PageWatch) -> str:
    """The text of one page; "" where it cannot be loaded or is passed over: the others count."""
    if page in watch.passed_over:
        return ""
    watch.begins(page)
    try:
        with loaded(pdf, page) as handle:
            return page_text(handle.get_textpage())
    except PdfiumError:
        return ""


def _recognised(pdf: PdfDocument, page: int, languages: str, watch: PageWatch) -> str:
    """The text on the picture of a page, "" where there is none or the page cannot be drawn."""
    if page in watch.passed_over:
        return ""
    watch.begins(page)
    try:
        with loaded(pdf, page) as handle:
            area = handle.get_width() * handle.get_height()
            scale = min(recognise.SCALE, math.sqrt(recognise.MOST_PIXELS / max(area, 1)))
            picture = handle.render(scale=scale, grayscale=True).to_pil().copy()
    except PdfiumError:
        return ""
    return recognise.recognised(picture, languages).replace("\n", "\r\n")


def _joined(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """The pages as one text, and the offset at which each begins."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    last = ""
    for page in pages:
        separator = _separator(last, page) if last and page else ""
        if page:
            parts += [separator, page]
            length += len(separator)
            last = page
        starts.append(length)
        length += len(page)
    return "".join(parts), _starts_of_text(starts, pages)


def _starts_of_text(starts: Sequence[int], pages: Sequence[str]) -> tuple[int, ...]:
    """The starts with those of empty pages moved to the next page that has text."""
    moved = list(starts)
    for index in range(len(pages) - 2, -1, -1):
        if not pages[index]:
            moved[index] = moved[index + 1]
    return tuple(moved)


def _separator(before: str, after: str) -> str:
    """A line end where a sentence runs on across the border of two pages, else a paragraph's."""
    runs_on = before[-1] not in _SENTENCE_STOPS and after[0].islower()
    return "\n" if runs_on else "\n\n"


def _heading_title(bookmarks: Sequence[Bookmark]) -> str:
    """The bookmark over all others, which is the title of the whole."""
    tops = [mark for mark in bookmarks if mark.level == 1]
    return written_title(tops[0].title) if len(tops) == 1 and len(bookmarks) > 1 else ""


def _no_text(upload: Upload, pages: int, ocr: str) -> UnreadableFile:
    which = "The only page" if pages == 1 else f"All {pages} pages"
    are = "is a picture" if pages == 1 else "are pictures"
    if ocr and recognise.is_present():
        return UnreadableFile(
            f"{which} of {upload.name} {are} without text, and text recognition ({ocr}) finds none "
            "either. If it is in another language, name that in READONCE_OCR."
        )
    return UnreadableFile(
        f"{which} of {upload.name} {are} without text. Install the program tesseract and set "
        "READONCE_OCR=eng to have pictures recognised (OCR), or add a copy with text."
    )
