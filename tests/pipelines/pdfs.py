"""PDFs of our own making, each with one property that the tests name."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

TOP, LEFT, LEADING = 780, 60, 16


@dataclass(frozen=True)
class Page:
    """The lines of a page, bookmarks to it by level and title, a picture.

    A table has every word in a cell of its own, set in huge type on a page made smaller, as some
    printers do; PDFium joins its rows where one ends in a dash. rows follow the lines: a cell
    for the label, then cells set to the right edge of their columns.
    """

    lines: tuple[str, ...] = ()
    bookmarks: tuple[tuple[int, str], ...] = ()
    picture: bool = False
    table: bool = False
    rows: tuple[tuple[str, ...], ...] = ()


class PdfMaker(Protocol):
    """What makes the bytes of a PDF from pages."""

    def __call__(
        self, pages: Sequence[Page], title: str = "", password: str = "", owner_only: str = ""
    ) -> bytes: ...


def pdf_of(
    pages: Sequence[Page], title: str = "", password: str = "", owner_only: str = ""
) -> bytes:
    """A PDF of these pages; owner_only restricts what may be done but not who may read."""
    out = io.BytesIO()
    encryption = None
    if password or owner_only:
        encryption = StandardEncryption(password, ownerPassword=owner_only or password)
    canvas = Canvas(out, pagesize=A4, invariant=True, encrypt=encryption)
    canvas.setTitle(title or None)
    for number, page in enumerate(pages):
        _draw(canvas, page, number)
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, page: Page, number: int) -> None:
    for index, line in enumerate(page.lines):
        if page.table:
            _draw_row(canvas, line.split(), TOP - index * LEADING)
        else:
            canvas.drawString(LEFT, TOP - index * LEADING, line)
    for index, row in enumerate(page.rows, len(page.lines)):
        _draw_cells(canvas, row, TOP - index * LEADING)
    for index, (level, title) in enumerate(page.bookmarks):
        key = f"{number}-{index}"
        canvas.bookmarkPage(key)
        canvas.addOutlineEntry(title, key, level=level - 1)
    if page.picture:
        canvas.drawImage(ImageReader(Image.new("RGB", (40, 40), "teal")), LEFT, 400)
    canvas.showPage()


def _draw_cells(canvas: Canvas, row: Sequence[str], height: float) -> None:
    """The label at the left, indented by its spaces, the other cells ending at their columns."""
    label, *cells = row
    indent = len(label) - len(label.lstrip())
    canvas.drawString(LEFT + 6 * indent, height, label.strip())
    for column, cell in enumerate(cells, 1):
        canvas.drawRightString(LEFT + 160 + column * 90, height, cell)


def _draw_row(canvas: Canvas, cells: Sequence[str], height: float) -> None:
    canvas.saveState()
    canvas.scale(0.02, 0.02)
    canvas.setFont("Helvetica", 416)
    for column, cell in enumerate(cells):
        canvas.drawString((LEFT + column * 80) * 50, height * 50, cell)
    canvas.restoreState()
