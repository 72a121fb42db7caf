"""The picture of a PDF page with a quote marked on it.

Pages are counted from 1. Boxes are (left, top, right, bottom) in fractions of the page as it is
shown, whatever its size, rotation or visible part.
"""

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PIL import Image, ImageChops, ImageDraw
from pypdfium2 import PdfDocument, PdfiumError, PdfPage

from pipelines.errors import UnreadableFile
from pipelines.pdfium import loaded, opened
from pipelines.quotes import Box, find_quote, quote_boxes

_NAME = "This document"
# A page may claim to be as large as a sports field; 40 million pixels are 120 MB.
_MOST_PIXELS = 40_000_000
_MARK = (255, 233, 120)
_FRAME = (214, 150, 0)


def render(content: bytes, page: int, scale: float) -> Image.Image:
    """One page as a picture, at scale 1 with 72 pixels to the inch."""
    with opened(_NAME, content) as pdf, _page(pdf, page) as handle:
        return _picture(handle, scale)


def boxes(content: bytes, page: int, quote: str) -> tuple[Box, ...]:
    """Where a quote stands on a page, a box for each line; () where it does not stand."""
    with opened(_NAME, content) as pdf, _page(pdf, page) as handle:
        return _boxes(handle, quote)


def highlighted(content: bytes, page: int, quote: str, width_pixels: int) -> bytes:
    """One page as a PNG of this width with the quote marked; unmarked where it does not stand."""
    with opened(_NAME, content) as pdf, _page(pdf, page) as handle:
        picture = _picture(handle, width_pixels / handle.get_width())
        marks = _boxes(handle, quote)
    out = io.BytesIO()
    _marked(picture, marks).save(out, "PNG")
    return out.getvalue()


@contextmanager
def _page(pdf: PdfDocument, page: int) -> Iterator[PdfPage]:
    if not 1 <= page <= len(pdf):
        raise ValueError(f"page {page} of a document of {len(pdf)} pages")
    try:
        with loaded(pdf, page) as handle:
            yield handle
    except PdfiumError as error:
        raise UnreadableFile(
            f"Page {page} of this document is damaged and cannot be drawn. "
            "Its text may still be read; a new copy of the file may help."
        ) from error


def _picture(handle: PdfPage, scale: float) -> Image.Image:
    area = handle.get_width() * handle.get_height()
    largest = math.sqrt(_MOST_PIXELS / area)
    shown: Image.Image = handle.render(scale=min(scale, largest)).to_pil()
    return shown.convert("RGB").copy()


def _boxes(handle: PdfPage, quote: str) -> tuple[Box, ...]:
    textpage = handle.get_textpage()
    return quote_boxes(handle, textpage, find_quote(textpage, quote))


def _marked(picture: Image.Image, marks: Sequence[Box]) -> Image.Image:
    """The picture under a yellow filter, so that dark text stays as dark as it was."""
    width, height = picture.size
    edge = max(2, width // 400)
    filters = Image.new("RGB", picture.size, "white")
    frames = [
        (left * width - edge, top * height - edge, right * width + edge, bottom * height + edge)
        for left, top, right, bottom in marks
    ]
    for frame in frames:
        ImageDraw.Draw(filters).rounded_rectangle(frame, radius=edge, fill=_MARK)
    marked = ImageChops.multiply(picture, filters)
    for frame in frames:
        ImageDraw.Draw(marked).rounded_rectangle(
            frame, radius=edge, outline=_FRAME, width=max(1, edge // 2)
        )
    return marked
