"""How fast each kind of file becomes text: megabytes of the file and pages in a second."""

from __future__ import annotations

import argparse
import html
import io
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import docx

from benchmarks.timing import in_turns, machine, print_table
from pipelines.document import Upload
from pipelines.extract import extract

SAMPLE = Path(__file__).parent.parent / "app" / "sample" / "report.pdf"
HEAD = ["format", "file", "pages", "characters", "seconds", "MB/s", "pages/s", "characters/s"]
TEXT = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
OFFICE = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks extracting", description=__doc__)
    parser.add_argument("files", type=Path, nargs="*", help="files of your own to measure too")
    parser.add_argument("--copies", type=int, default=20, help="of the sample's text, in each kind")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    print(machine())
    uploads = [*made(options.copies), *(Upload(p.name, p.read_bytes()) for p in options.files)]
    seconds = in_turns({u.name: partial(extract, u) for u in uploads}, options.rounds)
    rows = [_row(upload, seconds[upload.name]) for upload in uploads]
    print_table("Files that become text, in this process", HEAD, rows)


def made(copies: int) -> list[Upload]:
    """The sample PDF, and so many copies of its text as a file of every other kind."""
    sample = Upload(SAMPLE.name, SAMPLE.read_bytes())
    parts = tuple(extract(sample).text.split("\n\n")) * copies
    markup = "".join(f"<p>{html.escape(part)}</p>\n" for part in parts)
    page = (
        f"<html><head><title>Report</title></head><body><article>{markup}</article></body></html>"
    )
    rtf = "".join(f"{_rtf(part)}\\par\n" for part in parts)
    text = "\n\n".join(parts)
    return [
        sample,
        Upload("report.docx", _docx(parts)),
        Upload("report.odt", _odt(parts)),
        Upload("report.epub", _epub(markup, copies)),
        Upload("report.html", page.encode()),
        Upload("report.rtf", f"{{\\rtf1\\ansi {rtf}}}".encode()),
        Upload("report.md", text.encode()),
        Upload("report.txt", text.encode("utf-16")),
    ]


def _row(upload: Upload, seconds: float) -> list[str]:
    document = extract(upload)
    pages, size = len(document.page_starts), len(upload.content)
    return [
        upload.name,
        f"{size / 1e6:.2f} MB",
        f"{pages:,}",
        f"{len(document.text):,}",
        f"{seconds:.2f}",
        f"{size / 1e6 / seconds:.2f}",
        f"{pages / seconds:,.0f}",
        f"{len(document.text) / seconds:,.0f}",
    ]


def _rtf(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}")
    lines = escaped.replace("\n", "\\line ")
    return "".join(sign if sign < "\x80" else f"\\u{ord(sign)}?" for sign in lines)


def _docx(parts: tuple[str, ...]) -> bytes:
    document = docx.Document()
    for part in parts:
        document.add_paragraph(part)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _odt(parts: tuple[str, ...]) -> bytes:
    body = "".join(f"<text:p>{html.escape(part)}</text:p>" for part in parts)
    head, foot = "office:document-content", "</office:text></office:body>"
    content = f"<{head} {OFFICE} {TEXT}><office:body><office:text>{body}{foot}</{head}>"
    mimetype = "application/vnd.oasis.opendocument.text"
    return _zip({"mimetype": mimetype, "content.xml": content})


def _epub(markup: str, chapters: int) -> bytes:
    """A book of so many chapters, the text cut into pieces of equal length."""
    size = len(markup) // chapters + 1
    bodies = [markup[at : at + size] for at in range(0, len(markup), size)]
    parts = {f"c{n}.xhtml": f"<html><body>{body}</body></html>" for n, body in enumerate(bodies)}
    items = "".join(
        f'<item id="{n}" href="{n}" media-type="application/xhtml+xml"/>' for n in parts
    )
    spine = "".join(f'<itemref idref="{n}"/>' for n in parts)
    package = f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>"
    container = '<container><rootfile full-path="book.opf"/></container>'
    first = {"mimetype": "application/epub+zip", "META-INF/container.xml": container}
    return _zip({**first, "book.opf": package, **parts})


def _zip(parts: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, method)
    return out.getvalue()
