"""Builds the sample document, report.pdf, from report.md: `python -m app.sample.build`.

The same source gives the same bytes: no date, no random number, no compression whose result
depends on a library's version. ReportLab is needed for this only and is not shipped.
"""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

FOLDER = Path(__file__).parent
SOURCE = FOLDER / "report.md"
TARGET = FOLDER / "report.pdf"

WIDTH, HEIGHT = A4
MARGIN = 25 * mm
SEA, INK, FOAM, LINE = (HexColor(c) for c in ("#16425b", "#1d2a33", "#eaf1f4", "#9fb6c1"))

BODY = ParagraphStyle(
    "body", fontName="Times-Roman", fontSize=10.6, leading=14.6, spaceAfter=7, textColor=INK,
    alignment=TA_JUSTIFY,
)  # fmt: skip
CHAPTER = ParagraphStyle(
    "chapter", fontName="Helvetica-Bold", fontSize=18, leading=22, textColor=SEA,
    spaceBefore=16, spaceAfter=9, keepWithNext=1,
)  # fmt: skip
SECTION = ParagraphStyle(
    "section", CHAPTER, fontSize=12, leading=15, spaceBefore=9, spaceAfter=4,
)  # fmt: skip
CAPTION = ParagraphStyle(
    "caption", fontName="Helvetica-Bold", fontSize=8.8, leading=12, textColor=SEA,
    spaceBefore=5, spaceAfter=3, keepWithNext=1,
)  # fmt: skip
ITEM = ParagraphStyle("item", BODY, leftIndent=14, bulletIndent=2, spaceAfter=3)
CONTENTS = ParagraphStyle("contents", BODY, fontSize=11, leading=20, spaceAfter=0)

_FIGURE = re.compile(r"[\d.,]+")
_WORDS_ONLY = "Helvetica"


def build(source: str) -> bytes:
    """The PDF of a report written in the Markdown that this file understands."""
    title, cover, blocks = _parts(source)
    out = BytesIO()
    document = BaseDocTemplate(
        out, pagesize=A4, invariant=1, pageCompression=0, title=f"{title}: {cover[0]}",
        author=title, subject=cover[1], lang="en-GB",
    )  # fmt: skip
    frame = Frame(MARGIN, 24 * mm, WIDTH - 2 * MARGIN, HEIGHT - 48 * mm, 0, 0, 0, 0)
    document.addPageTemplates([
        PageTemplate("cover", [frame], onPage=lambda canvas, _: _draw_cover(canvas, title, cover)),
        PageTemplate("text", [frame], onPageEnd=lambda canvas, _: _draw_foot(canvas, title, cover)),
    ])  # fmt: skip
    document.afterFlowable = lambda flowable: _mark_heading(document, flowable)
    document.multiBuild(_story(blocks))
    return out.getvalue()


def _parts(source: str) -> tuple[str, list[str], list[str]]:
    """The title, the paragraphs of the cover, and the blocks of the text."""
    blocks = [block.strip() for block in source.split("\n\n") if block.strip()]
    first = next(index for index, block in enumerate(blocks) if block.startswith("## "))
    return blocks[0].removeprefix("# "), blocks[1:first], blocks[first:]


def _story(blocks: Sequence[str]) -> list[Flowable]:
    contents = TableOfContents(levelStyles=[CONTENTS], dotsMinLevel=-1)
    story = [NextPageTemplate("text"), PageBreak(), Paragraph("Contents", CHAPTER), contents]
    story.append(PageBreak())
    for block in blocks:
        story += _flowables(block)
    return story


def _flowables(block: str) -> Iterator[Flowable]:
    if block.startswith("## "):
        yield CondPageBreak(60 * mm)
        yield Paragraph(_inline(block[3:]), CHAPTER)
    elif block.startswith("### "):
        yield CondPageBreak(32 * mm)
        yield Paragraph(_inline(block[4:]), SECTION)
    elif block.startswith("|"):
        yield from (_table(block), Spacer(0, 10))
    elif block.startswith("- "):
        for line in block.split("\n"):
            yield Paragraph(_inline(line[2:]), ITEM, bulletText="•")
        yield Spacer(0, 4)
    elif block.startswith("**Table"):
        yield Paragraph(_inline(block.strip("*")), CAPTION)
    else:  # whole on one page, so that every quote of it can be shown on one
        yield KeepTogether([Paragraph(_inline(block), BODY)])


def _inline(text: str) -> str:
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(_typographic(text)))
    return re.sub(r"\*(.+?)\*", r"<i>\1</i>", text)


def _typographic(text: str) -> str:
    return re.sub(r'"([^"]*)"', r"“\1”", text).replace("'", "’")


def _table(block: str) -> Table:
    """A table whose columns of figures stand to the right; every row is one line."""
    lines = block.split("\n")
    rows = [[_typographic(cell.strip()) for cell in line[1:-1].split("|")] for line in lines]
    has_head = any(rows[0])
    shown = [rows[0], *rows[2:]] if has_head else rows[2:]
    columns = list(zip(*shown, strict=True))
    style = [
        ("FONT", (0, 0), (-1, -1), _WORDS_ONLY, 8.8, 11),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("TOPPADDING", (0, 0), (-1, -1), 2.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
        ("LINEABOVE", (0, 0), (-1, 0), 0.9, SEA),
        ("LINEBELOW", (0, -1), (-1, -1), 0.9, SEA),
        ("LINEBELOW", (0, 0), (-1, -2), 0.25, LINE),
    ]
    if has_head:
        style += [
            ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"),
            ("BACKGROUND", (0, 0), (-1, 0), FOAM),
        ]
    if shown[-1][0] == "Total":
        style.append(("FONTNAME", (0, -1), (-1, -1), "Helvetica-Bold"))
    for index, cells in enumerate(columns):
        if index and all(_FIGURE.fullmatch(cell) or not cell for cell in cells[has_head:]):
            style.append(("ALIGN", (index, 0), (index, -1), "RIGHT"))
    return Table(shown, _widths(columns), repeatRows=int(has_head), style=TableStyle(style))


def _widths(columns: Sequence[Sequence[str]]) -> list[float]:
    """The width of the page shared out by the longest cell of each column."""
    longest = [max(8, max(map(len, cells)) + 2) for cells in columns]
    return [(WIDTH - 2 * MARGIN) * length / sum(longest) for length in longest]


def _mark_heading(document: Any, flowable: Flowable) -> None:  # noqa: ANN401
    """Bookmark a heading, and list a chapter in the contents."""
    style = getattr(flowable, "style", None)
    if style not in (CHAPTER, SECTION):
        return
    title, page = flowable.getPlainText(), document.page
    key = f"{page}-{title}"
    document.canv.bookmarkPage(key)
    document.canv.addOutlineEntry(title, key, level=int(style is SECTION))
    if style is CHAPTER and title != "Contents":
        document.notify("TOCEntry", (0, title, page, key))


def _draw_foot(canvas: Any, title: str, cover: Sequence[str]) -> None:  # noqa: ANN401
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.4)
    canvas.line(MARGIN, 18 * mm, WIDTH - MARGIN, 18 * mm)
    canvas.setFillColor(SEA)
    canvas.setFont("Helvetica", 8)
    canvas.drawString(MARGIN, 13.5 * mm, f"{title} | {cover[0]}")
    canvas.drawRightString(WIDTH - MARGIN, 13.5 * mm, str(canvas.getPageNumber()))


def _draw_cover(canvas: Any, title: str, cover: Sequence[str]) -> None:  # noqa: ANN401
    """A night sea with a lit ferry, drawn with curves."""
    canvas.setFillColor(SEA)
    canvas.rect(0, 0, WIDTH, HEIGHT, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#f4d58d"))
    canvas.circle(WIDTH - 48 * mm, HEIGHT - 62 * mm, 11 * mm, stroke=0, fill=1)
    _draw_ferry(canvas, 62 * mm, 101 * mm)
    for index, colour in enumerate(("#2f6c86", "#26597a", "#1c4a66", "#123449", "#0c2636")):
        _draw_wave(canvas, (100 - index * 22) * mm, index * 31 * mm, HexColor(colour))
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.setFont("Helvetica-Bold", 30)
    for index, line in enumerate(_two_lines(title)):
        canvas.drawString(MARGIN, HEIGHT - (108 + 13 * index) * mm, line)
    canvas.setFont("Helvetica", 19)
    canvas.drawString(MARGIN, HEIGHT - 140 * mm, cover[0])
    canvas.setFont("Helvetica", 11)
    canvas.drawString(MARGIN, 30 * mm, cover[1])
    canvas.drawString(MARGIN, 23 * mm, cover[2])


def _two_lines(title: str) -> tuple[str, str]:
    words = title.split()
    middle = len(words) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])


def _draw_wave(canvas: Any, height: float, shift: float, colour: object) -> None:  # noqa: ANN401
    length, swell = 70 * mm, 9 * mm
    path = canvas.beginPath()
    x = -(shift % length) - length
    path.moveTo(x, 0)
    path.lineTo(x, height)
    while x < WIDTH:
        path.curveTo(
            x + length / 3, height + swell, x + length * 2 / 3, height - swell, x + length, height
        )
        x += length
    path.lineTo(x, 0)
    path.close()
    canvas.setFillColor(colour)
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_ferry(canvas: Any, x: float, y: float) -> None:  # noqa: ANN401
    canvas.setFillColor(HexColor("#f7f3e8"))
    canvas.rect(x + 14 * mm, y + 9 * mm, 52 * mm, 7 * mm, stroke=0, fill=1)
    canvas.rect(x + 38 * mm, y + 16 * mm, 20 * mm, 6 * mm, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#c8553d"))
    canvas.rect(x + 24 * mm, y + 16 * mm, 7 * mm, 9 * mm, stroke=0, fill=1)
    hull = canvas.beginPath()
    for index, (dx, dy) in enumerate(((0, 10), (84, 10), (74, -6), (8, -6))):
        (hull.lineTo if index else hull.moveTo)(x + dx * mm, y + dy * mm)
    hull.close()
    canvas.setFillColor(HexColor("#0c2636"))
    canvas.drawPath(hull, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#f4d58d"))
    for index in range(9):
        canvas.rect(
            x + (17 + index * 5.4) * mm, y + 11.5 * mm, 2.6 * mm, 2.4 * mm, stroke=0, fill=1
        )


if __name__ == "__main__":
    TARGET.write_bytes(build(SOURCE.read_text(encoding="utf-8")))
