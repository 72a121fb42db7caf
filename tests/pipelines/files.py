"""Word, OpenDocument, EPUB and Rich Text files of our own making."""

import io
import zipfile
from collections.abc import Mapping

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

TEXT = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
TABLE = 'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
OFFICE = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
)


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip of these parts, in order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in parts.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            written.writestr(name, content, method)
    return out.getvalue()


def epub(pages: Mapping[str, str], title: str = "The Ferry Book", more: str = "") -> bytes:
    """A book whose spine is these pages; a page of "" is in the spine and missing in the file."""
    items = "".join(
        f'<item id="p{i}" href="{name}" media-type="application/xhtml+xml"/>'
        for i, name in enumerate(pages)
    )
    spine = "".join(f'<itemref idref="p{i}"/>' for i in range(len(pages)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata><dc:title>{title}</dc:title></metadata><manifest>{items}</manifest>"
        f"<spine>{spine}</spine></package>"
    )
    head = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>'
    bodies = {f"OPS/{n}": f"{head}<body>{b}</body></html>" for n, b in pages.items() if b}
    protected = {"META-INF/encryption.xml": more} if more else {}
    first = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER}
    return archive({**first, **protected, "OPS/book.opf": package, **bodies})


def odt(body: str, manifest: str = "<manifest/>") -> bytes:
    """An OpenDocument text with this body."""
    content = (
        f"<office:document-content {OFFICE} {TEXT} {TABLE}><office:body><office:text>{body}"
        "</office:text></office:body></office:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.text"
    parts = {"mimetype": mimetype, "content.xml": content, "META-INF/manifest.xml": manifest}
    return archive(parts)


def word() -> bytes:
    """A Word document with a title, two headings, a list, a table and pages as Word leaves them."""
    document = docx.Document()
    document.core_properties.title = "Harbour rules"
    document.add_heading("Fares", 1)
    document.add_paragraph("The ferry left at six.")
    document.add_paragraph("No dogs on deck", style="List Bullet")
    table = document.add_table(0, 3)
    for row in (("", "2022", "2021"), ("Net revenues", "$ 9,795", "$ 10,420"), ("Costs", "5", "—")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_heading("Crews", 2)
    page_ends(document.add_paragraph("All of "), "them came home.")
    inserted(document.add_paragraph("Nobody "), "was late.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def page_ends(paragraph: Paragraph, rest: str) -> None:
    """Let a page end in a paragraph, which goes on with the rest."""
    run = paragraph.add_run()
    run._r.append(OxmlElement("w:lastRenderedPageBreak"))
    paragraph.add_run(rest)


def inserted(paragraph: Paragraph, text: str) -> None:
    """A tracked insertion of a text, and a tracked deletion of another."""
    for tag, inner, said in (("w:ins", "w:t", text), ("w:del", "w:delText", "was drunk.")):
        change, run, words = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(inner)
        words.text = said
        words.set(qn("xml:space"), "preserve")
        run.append(words)
        change.append(run)
        paragraph._p.append(change)
