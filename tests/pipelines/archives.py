"""Small DOCX, ODT and EPUB files put together by hand, whole or made to do harm."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
HELLO = "<w:p><w:r><w:t>The ferry left at six.</w:t></w:r></w:p>"

ITEM = '<itemref idref="c"/>'

Parts = Mapping[str, bytes | str]


def zip_of(parts: Parts) -> bytes:
    """A zip of these parts, all deflated but a first one called mimetype."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in parts.items():
            kept = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=kept)
    return out.getvalue()


def docx_parts(body: str = HELLO, before: str = "") -> dict[str, bytes | str]:
    return {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType='
        f'"{_MAIN}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" Type='
        f'"{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<?xml version="1.0" encoding="UTF-8"?>{before}'
        f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
    }


def docx_of(body: str = HELLO, before: str = "") -> bytes:
    """A Word document; before stands where a document type may."""
    return zip_of(docx_parts(body, before))


def odt_parts(body: str = "<text:p>The ferry left at six.</text:p>") -> dict[str, bytes | str]:
    return {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f'<office:document-content xmlns:office="{_ODF}:office:1.0" '
        f'xmlns:text="{_ODF}:text:1.0" xmlns:table="{_ODF}:table:1.0"><office:body><office:text>'
        f"{body}</office:text></office:body></office:document-content>",
    }


def odt_of(body: str) -> bytes:
    return zip_of(odt_parts(body))


def epub_parts(
    chapter: str = "<p>The ferry left at six.</p>", times: int = 1
) -> dict[str, bytes | str]:
    """A book of one chapter, which the order of reading names so many times."""
    return {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:'
        'container" version="1.0"><rootfiles><rootfile full-path="book.opf" media-type='
        '"application/oebps-package+xml"/></rootfiles></container>',
        "book.opf": '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Log</dc:title></metadata>'
        '<manifest><item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest>'
        f"<spine>{ITEM * times}</spine></package>",
        "c.xhtml": '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>One</title></head>'
        f"<body>{chapter}</body></html>",
    }


def epub_of(chapter: str = "<p>The ferry left at six.</p>", times: int = 1) -> bytes:
    return zip_of(epub_parts(chapter, times))


# Bombs.


def docx_that_unpacks_to(length: int) -> bytes:
    """A part of so many spaces: a thousandth of it on the disk."""
    parts = docx_parts()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        with archive.open("word/media.xml", "w") as part:
            for _ in range(length >> 20):
                part.write(b" " * (1 << 20))
    return out.getvalue()


def docx_that_lies_about(length: int) -> bytes:
    """A document of so many spaces that claims to unpack to a hundred bytes."""
    document = str(docx_parts()["word/document.xml"]).encode()
    parts = docx_parts() | {"word/document.xml": document + b" " * (length - len(document))}
    return zip_of(parts).replace(struct.pack("<I", length), struct.pack("<I", 100))


def docx_of_overlapping_parts(count: int, length: int) -> bytes:
    """A table of contents that names the same packed megabytes under many names."""
    whole = zip_of(docx_parts() | {"x0000": b" " * length})
    start = whole.index(b"PK\1\2")
    head, rest = whole[:start], whole[start:]
    row = rest[rest.rindex(b"PK\1\2") : rest.index(b"PK\5\6")]
    rows = b"".join(row.replace(b"x0000", b"x%04d" % number) for number in range(1, count))
    table = rest[: rest.index(b"PK\5\6")] + rows
    total = len(docx_parts()) + count
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, total, total, len(table), len(head), 0)
    return head + table + end


def docx_of_nested_zips(depth: int) -> bytes:
    """A zip in a zip in a zip, each packed again, as those that never end pretend to be."""
    inner = zip_of({"word/document.xml": b" " * 1_000_000})
    for _ in range(depth):
        inner = zip_of({"word/inner.zip": inner, "word/again.zip": inner})
    return zip_of(docx_parts() | {"word/inner.zip": inner})


def docx_of_many_parts(count: int) -> bytes:
    return zip_of(docx_parts() | {f"x{number}": b"" for number in range(count)})


def laughs(levels: int) -> str:
    """A document type in which each entity is ten of the one before."""
    rows = [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels)]
    return f'<!DOCTYPE w [<!ENTITY l0 "ha">{"".join(rows)}]>'


def said(text: str) -> str:
    """A paragraph of a Word document."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


OUTSIDE = '<!DOCTYPE w [<!ENTITY out SYSTEM "file:///etc/passwd">]>'
OUTSIDE_HOST = '<!DOCTYPE w SYSTEM "http://127.0.0.1:9/outside.dtd">'


def docx_deep(depth: int) -> bytes:
    """Elements in elements."""
    return docx_of("<w:sdt>" * depth + HELLO + "</w:sdt>" * depth)


def docx_of_tables_in_tables(depth: int) -> bytes:
    return docx_of("<w:tbl><w:tr><w:tc>" * depth + HELLO + "<w:p/></w:tc></w:tr></w:tbl>" * depth)


def docx_of_wide_cell(columns: int) -> bytes:
    """A cell that claims to span so many columns."""
    cell = f'<w:tc><w:tcPr><w:gridSpan w:val="{columns}"/></w:tcPr>{HELLO}</w:tc>'
    return docx_of(f"<w:tbl><w:tr>{cell}{cell}</w:tr></w:tbl>")


def docx_of_attributes(count: int) -> bytes:
    many = " ".join(f'a{number}="x"' for number in range(count))
    return docx_of(f"<w:p {many}><w:r><w:t>words</w:t></w:r></w:p>")


def odt_of_spaces(count: int) -> bytes:
    """One element that stands for so many spaces."""
    return odt_of(f'<text:p>a<text:s text:c="{count}"/>b</text:p>')


def odt_of_repeated_cells(count: int) -> bytes:
    """A cell and a row that stand for so many of them."""
    return odt_of(
        f'<table:table><table:table-row table:number-rows-repeated="{count}"><table:table-cell '
        f'table:number-columns-repeated="{count}"><text:p>x</text:p></table:table-cell>'
        "</table:table-row></table:table>"
    )


def html_deep(depth: int, tag: str = "div") -> bytes:
    page = f"<{tag}>" * depth + "The ferry left at six." + f"</{tag}>" * depth
    return f"<!doctype html><html><body>{page}</body></html>".encode()


def html_of_wide_cells(count: int) -> bytes:
    cell = f'<td colspan="{count}" rowspan="{count}">x</td>'
    return f"<!doctype html><html><body><table><tr>{cell * 2}</tr></table></body></html>".encode()


def rtf_deep(depth: int) -> bytes:
    return b"{\\rtf1 " + b"{" * depth + b"words" + b"}" * depth + b"}"


def rtf_of_binary(length: int) -> bytes:
    """A picture that claims to be so long."""
    return b"{\\rtf1 words {\\pict\\bin%d x} more}" % length
