"""Word documents: paragraphs, headings, lists, tables, notes, pages as Word last laid them out.

python-docx knows the package, the styles and the properties. The text is walked here, element by
element, since its paragraphs leave out content controls, tracked insertions and text boxes.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import docx
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree

from pipelines.document import Document, Upload
from pipelines.errors import UnreadableFile
from pipelines.extract.archive import Archive, opened, safe_xml
from pipelines.extract.limits import Limits, check_size
from pipelines.extract.parts import PageBreak, Part, Piece, assembled, paged, plain
from pipelines.extract.tables import Cell, table_lines
from pipelines.extract.text import stem
from pipelines.extract.titles import written_title

_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_TEXT, _TAB, _BREAK, _RETURN = qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:cr")
_HYPHEN, _RENDERED = qn("w:noBreakHyphen"), qn("w:lastRenderedPageBreak")
_FOOTNOTE, _ENDNOTE = qn("w:footnoteReference"), qn("w:endnoteReference")
_VALUE = qn("w:val")
# Deleted text, the older twin of a drawing, properties; text boxes follow their paragraph.
_SKIPPED = frozenset(
    {qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), qn("w:instrText"), qn("w:delText")}
    | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
    | {qn("w:txbxContent")}
)
_PAGE = "\f"  # stands for a page break until offsets are known; XML cannot hold it
_HEADING_NAME = re.compile(r"heading ?([1-9])", re.IGNORECASE)
# Names that publishers give: HeadA, HeadB under a ChapterTitle.
_LETTERED_NAME = re.compile(r"head(?:ing)? ?([A-F])", re.IGNORECASE)
_TITLE_NAMES = frozenset({"title", "chaptertitle", "booktitle"})
_LISTS = re.compile(r"list", re.IGNORECASE)
_MOST_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class _Word:
    """What is known of the document before its text is walked."""

    levels: Mapping[str, int]  # of the styles that are headings
    list_styles: frozenset[str]
    rendered: bool  # whether Word has left marks where its pages ended
    notes: Mapping[tuple[str, str], str]


def extract_docx(upload: Upload, limits: Limits) -> Document:
    """The text of a Word document; the title is its property, else its title paragraph."""
    check_size(upload, "Word documents", limits.archive_bytes, "archive_bytes")
    with opened(upload, limits) as archive:
        word = _opened(upload.name, archive)
    body = word.element.body
    known = _Word(*_styles(word), _has_rendered(body), _notes(upload.name, word))
    pieces = list(_blocks(body, known))
    return assembled(upload, _title(word, body) or stem(upload), pieces)


def _opened(name: str, archive: Archive) -> WordDocument:
    """The document by python-docx, which is handed every part checked and no picture at all."""
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w") as out:
        for part in archive.parts:
            is_xml = part.lower().endswith((".xml", ".rels"))
            content = archive.read(part) if is_xml else b""
            if is_xml:
                safe_xml(name, part, content)
            out.writestr(part, content)
    try:
        word = docx.Document(copy)
        if word.element.body is None:
            raise ValueError("no body")
        return word
    except (OpcError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise UnreadableFile(
            f"{name} is damaged and cannot be opened as a Word document. "
            "Open it in Word or LibreOffice and save a new copy."
        ) from error


def _styles(word: WordDocument) -> tuple[dict[str, int], frozenset[str]]:
    """The levels of the styles that are headings, and the styles that are items of lists."""
    levels: dict[str, int] = {}
    bases: dict[str, str] = {}
    lists = set()
    for style in word.styles.element.iter(qn("w:style")):
        key, name = style.get(qn("w:styleId")) or "", _value(style, "w:name")
        bases[key] = _value(style, "w:basedOn")
        if level := _outline(style) or _named_level(name):
            levels[key] = level
        if _LISTS.match(name) or next(style.iter(qn("w:numPr")), None) is not None:
            lists.add(key)
    for key in bases:
        levels.setdefault(key, _inherited(key, bases, levels))
    return levels, frozenset(key for key in lists if not levels.get(key))


def _named_level(name: str) -> int:
    """The level that the name of a style states, 0 where it is none of a heading."""
    if name.lower().replace(" ", "") in _TITLE_NAMES:
        return 1
    numbered, lettered = _HEADING_NAME.fullmatch(name), _LETTERED_NAME.fullmatch(name)
    if numbered:
        return int(numbered[1])
    return ord(lettered[1].upper()) - ord("A") + 2 if lettered else 0


def _inherited(key: str, bases: Mapping[str, str], levels: Mapping[str, int]) -> int:
    """The level of the nearest style that this one is based on; a ring of styles has none."""
    for _ in range(10):
        key = bases.get(key, "")
        if level := levels.get(key):
            return level
    return 0


def _value(element: etree._Element, tag: str) -> str:
    found = next(element.iter(qn(tag)), None)
    return (found.get(_VALUE) or "") if found is not None else ""


def _outline(element: etree._Element) -> int:
    """The level that an outline level states, from 1 to 9; 0 for the body of the text."""
    stated = _value(element, "w:outlineLvl")
    return int(stated) + 1 if stated.isdecimal() and int(stated) < 9 else 0


def _has_rendered(body: etree._Element) -> bool:
    return next(body.iter(_RENDERED), None) is not None


def _notes(name: str, word: WordDocument) -> dict[tuple[str, str], str]:
    """The text of each footnote and endnote by the tag that refers to it and its number."""
    notes = {}
    kinds = ((RELATIONSHIP_TYPE.FOOTNOTES, _FOOTNOTE), (RELATIONSHIP_TYPE.ENDNOTES, _ENDNOTE))
    for relation in word.part.rels.values():
        for kind, tag in kinds:
            if relation.reltype != kind or relation.is_external:
                continue
            root = safe_xml(name, "notes", relation.target_part.blob)
            for note in root.iterchildren():
                said = " ".join(plain(_said(p)) for p in note.iter(_PARAGRAPH)).strip()
                if not note.get(qn("w:type")) and said:
                    notes[tag, note.get(qn("w:id")) or ""] = said
    return notes


def _title(word: WordDocument, body: etree._Element) -> str:
    stated = written_title(word.core_properties.title or "")
    if stated:
        return stated
    for paragraph in body.iterchildren(_PARAGRAPH):
        if _style(paragraph).lower() in _TITLE_NAMES:
            return " ".join(plain(_said(paragraph)).split())
    return ""


def _blocks(element: etree._Element, known: _Word) -> Iterator[Piece]:
    """The paragraphs and tables below an element; libxml2 has bounded how deep they nest."""
    for child in element.iterchildren():
        if child.tag == _PARAGRAPH:
            yield from _paragraph(child, known)
        elif child.tag == _TABLE:
            yield from _table(child, known)
        elif child.tag not in _SKIPPED:
            yield from _blocks(child, known)


def _paragraph(paragraph: etree._Element, known: _Word) -> Iterator[Piece]:
    if not known.rendered and _is_on(paragraph, "w:pageBreakBefore"):
        yield PageBreak()
    style = _style(paragraph)
    level = _outline(_properties(paragraph)) or known.levels.get(style, 0)
    numbered = next(_properties(paragraph).iter(qn("w:numPr")), None) is not None
    is_item = not level and (style in known.list_styles or numbered)
    yield from paged(_said(paragraph, known.rendered), "• " if is_item else "", level)
    for reference in paragraph.iter(_FOOTNOTE, _ENDNOTE):
        note = known.notes.get((str(reference.tag), reference.get(qn("w:id")) or ""))
        if note:
            yield Part(f"Note: {note}")
    for box in paragraph.iter(qn("w:txbxContent")):
        if not any(above.tag in _SKIPPED for above in box.iterancestors()):
            yield from _blocks(box, known)
    section = next(paragraph.iter(qn("w:sectPr")), None)
    if not known.rendered and section is not None and _value(section, "w:type") != "continuous":
        yield PageBreak()


def _properties(paragraph: etree._Element) -> etree._Element:
    found = paragraph.find(qn("w:pPr"))
    return found if found is not None else etree.Element("none")


def _style(paragraph: etree._Element) -> str:
    return _value(_properties(paragraph), "w:pStyle")


def _is_on(paragraph: etree._Element, tag: str) -> bool:
    found = next(_properties(paragraph).iter(qn(tag)), None)
    return found is not None and found.get(_VALUE) not in ("0", "false", "off")


def _said(element: etree._Element, rendered: bool = True) -> str:
    """The text of a paragraph, with a form feed where a page ends."""
    said: list[str] = []
    for child in element.iterchildren():
        tag = child.tag
        if tag == _TEXT:
            said.append(child.text or "")
        elif tag == _RENDERED or (tag == _BREAK and child.get(qn("w:type")) == "page"):
            said.append(_PAGE if rendered == (tag == _RENDERED) else "")
        elif tag in (_BREAK, _RETURN):
            said.append("\n")
        elif tag in (_TAB, _HYPHEN):
            said.append("\t" if tag == _TAB else "-")
        elif tag not in _SKIPPED:
            said.append(_said(child, rendered))
    return "".join(said)


def _table(table: etree._Element, known: _Word) -> Iterator[Piece]:
    """A line for each row; a table inside a cell follows the table around it."""
    rows: list[list[Cell]] = []
    breaks: list[bool] = []
    inner: list[etree._Element] = []
    heads = 0
    for row in table.iter(_ROW):
        if next(row.iterancestors(_TABLE)) is not table:
            continue
        cells, ends = _cells(row, known)
        if heads == len(rows) and next(row.iter(qn("w:tblHeader")), None) is not None:
            heads += 1
        rows.append(cells)
        breaks.append(ends)
        inner += [found for found in row.iter(_TABLE) if next(found.iterancestors(_TABLE)) is table]
    begun = False
    for lines, ends in zip(table_lines(rows, heads or None), breaks, strict=True):
        if ends:
            yield PageBreak()
        for line in lines:
            yield Part(line, tight=begun)
            begun = True
    for found in inner:
        yield from _table(found, known)


def _cells(row: etree._Element, known: _Word) -> tuple[list[Cell], bool]:
    """The cells of a row, and whether a page ends in it or before it."""
    cells: list[Cell] = []
    column, ends = 0, False
    for cell in row.iter(_CELL):
        if next(cell.iterancestors(_ROW)) is not row:
            continue
        own = [p for p in cell.iter(_PARAGRAPH) if next(p.iterancestors(_CELL)) is cell]
        said = "\n".join(_said(paragraph, known.rendered) for paragraph in own)
        ends = ends or _PAGE in said
        span = _value(cell, "w:gridSpan")
        width = min(int(span), _MOST_COLUMNS) if span.isdecimal() and len(span) < 5 else 1
        text = " ".join(plain(said.replace(_PAGE, " ")).split())
        cells.append(Cell(text, column, column + max(1, width) - 1))
        column += max(1, width)
        if column > _MOST_COLUMNS:
            break
    return cells, ends
