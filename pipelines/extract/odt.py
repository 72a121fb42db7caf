"""OpenDocument texts: paragraphs, headings, lists and tables of content.xml.

The format is one XML part with few elements, walked here with lxml: odfpy is no longer kept, and
odfdo would open the archive and parse it by itself, past the checks of this package.
"""

from collections.abc import Iterator

from lxml import etree

from pipelines.document import Document, Upload
from pipelines.errors import UnreadableFile
from pipelines.extract.archive import Archive, opened
from pipelines.extract.limits import Limits, check_size
from pipelines.extract.parts import Part, Piece, assembled, paged, plain
from pipelines.extract.tables import Cell, table_lines
from pipelines.extract.text import stem
from pipelines.extract.titles import written_title

_SKIPPED = frozenset({"tracked-changes", "annotation", "annotation-end", "ruby-text", "forms"})
_TEXT_SPACE = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE_SPACE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_HEAD_ROWS = f"{_TABLE_SPACE}table-header-rows"
_MOST_COLUMNS = 1_000
_PAGE = "\f"
_SPACES_AND_ENDS = {"s": " ", "tab": "\t", "line-break": "\n", "soft-page-break": _PAGE}


def extract_odt(upload: Upload, limits: Limits) -> Document:
    """The text of an OpenDocument text; a page ends where the program that wrote it says so."""
    check_size(upload, "OpenDocument texts", limits.archive_bytes, "archive_bytes")
    with opened(upload, limits) as archive:
        _check_protection(archive)
        content = archive.xml("content.xml")
        title = _title(archive)
    body = next(content.iter("{*}text"), None)
    pieces = list(_blocks(body, 0)) if body is not None else []
    return assembled(upload, title or _heading(pieces) or stem(upload), pieces)


def _check_protection(archive: Archive) -> None:
    manifest = "META-INF/manifest.xml"
    if manifest in archive and any(True for _ in archive.xml(manifest).iter("{*}encryption-data")):
        raise UnreadableFile(
            f"{archive.name} is protected by a password. Open it in LibreOffice, "
            "save a copy without the password and add the copy."
        )


def _title(archive: Archive) -> str:
    if "meta.xml" not in archive:
        return ""
    found = next(archive.xml("meta.xml").iter("{http://purl.org/dc/elements/1.1/}title"), None)
    return written_title(plain(found.text or "")) if found is not None else ""


def _heading(pieces: list[Piece]) -> str:
    tops = [piece.text for piece in pieces if isinstance(piece, Part) and piece.level == 1]
    return " ".join(tops[0].split()) if len(tops) == 1 else ""


def _blocks(element: etree._Element, depth: int) -> Iterator[Piece]:
    """The paragraphs below an element, depth lists deep; libxml2 has bounded the nesting."""
    for child in element.iterchildren("{*}*"):
        name = _name(child)
        if name in ("p", "h"):
            yield from paged(_said(child), "• " if depth and name == "p" else "", _level(child))
            yield from _notes(child)
        elif name == "soft-page-break":
            yield from paged(_PAGE)
        elif name == "table":
            yield from _table(child)
        elif name not in _SKIPPED:
            yield from _blocks(child, depth + (name == "list"))


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _level(element: etree._Element) -> int:
    if _name(element) != "h":
        return 0
    stated = element.get(f"{_TEXT_SPACE}outline-level") or "1"
    return min(9, max(1, int(stated))) if stated.isdecimal() and len(stated) < 3 else 1


def _said(element: etree._Element) -> str:
    """The text of a paragraph, with a form feed where a page ends; notes are left for later."""
    said = [element.text or ""]
    for child in element.iterchildren("{*}*"):
        name = _name(child)
        if name == "s":
            said.append(" ")
        elif name in _SPACES_AND_ENDS:
            said.append(_SPACES_AND_ENDS[name])
        elif name not in _SKIPPED and name not in ("note", "p", "h", "table", "frame"):
            said.append(_said(child))
        elif name == "frame":
            said += [_said(paragraph) for paragraph in child.iter(f"{_TEXT_SPACE}p")]
        said.append(child.tail or "")
    return "".join(said)


def _notes(paragraph: etree._Element) -> Iterator[Piece]:
    for body in paragraph.iter(f"{_TEXT_SPACE}note-body"):
        said = " ".join(plain(_said(p)) for p in body.iter(f"{_TEXT_SPACE}p")).strip()
        if said:
            yield Part(f"Note: {said}")


def _table(table: etree._Element) -> Iterator[Piece]:
    """A line for each row; of rows and cells that are repeated the first stands for all."""
    rows = [row for row in table.iter(f"{_TABLE_SPACE}table-row") if _owner(row) is table]
    heads = sum(next(row.iterancestors()).tag == _HEAD_ROWS for row in rows)
    begun = False
    for row, lines in zip(rows, table_lines([_cells(r) for r in rows], heads or None), strict=True):
        if any(_PAGE in _said(p) for p in row.iter(f"{_TEXT_SPACE}p")):
            yield from paged(_PAGE)
        for line in lines:
            yield Part(line, tight=begun)
            begun = True


def _owner(row: etree._Element) -> etree._Element | None:
    return next(row.iterancestors(f"{_TABLE_SPACE}table"), None)


def _cells(row: etree._Element) -> list[Cell]:
    cells = []
    column = 0
    for cell in row.iterchildren(f"{_TABLE_SPACE}table-cell", f"{_TABLE_SPACE}covered-table-cell"):
        said = "\n".join(_said(p) for p in cell.iter(f"{_TEXT_SPACE}p", f"{_TEXT_SPACE}h"))
        text = " ".join(plain(said.replace(_PAGE, " ")).split())
        width = _count(cell, "number-columns-spanned")
        cells.append(Cell(text, column, column + width - 1))
        column += _count(cell, "number-columns-repeated")
        if column > _MOST_COLUMNS:
            break
    return cells


def _count(cell: etree._Element, attribute: str) -> int:
    stated = cell.get(f"{_TABLE_SPACE}{attribute}") or "1"
    return max(1, int(stated)) if stated.isdecimal() and len(stated) < 7 else 1
