"""The only door to PDFium, which is not safe to use from two threads at once.

The lock is held for a page, not for a document: while one thread reads a long document,
another can draw a page of it.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pypdfium2 import PdfDocument, PdfiumError, PdfPage
from pypdfium2.raw import FPDF_ERR_PASSWORD

from pipelines.errors import UnreadableFile

_NO_PAGES = re.compile(rb"/Count\s+0\s*/Kids\s*\[\s*\]|/Kids\s*\[\s*\]\s*/Count\s+0\b")

_lock = threading.RLock()


@contextmanager
def opened(name: str, content: bytes) -> Iterator[PdfDocument]:
    """An open PDF of at least one page; UnreadableFile where that cannot be had."""
    with exclusive():
        document = _open(name, content)
    try:
        yield document
    finally:
        with exclusive():
            document.close()


@contextmanager
def loaded(document: PdfDocument, page: int) -> Iterator[PdfPage]:
    """One page, counted from 1, with PDFium reserved for it; PdfiumError where it is broken."""
    with exclusive():
        handle = document[page - 1]
        try:
            yield handle
        finally:
            handle.close()


@contextmanager
def exclusive() -> Iterator[None]:
    """PDFium reserved for this thread."""
    with _lock:
        yield


def _open(name: str, content: bytes) -> PdfDocument:
    try:
        return PdfDocument(content)
    except PdfiumError as error:
        raise UnreadableFile(_explained(name, content, error.err_code)) from error


def _explained(name: str, content: bytes, code: int) -> str:
    """Why PDFium opens nothing; its code is believed only if the content agrees.

    Where a PDF has no page the code is that of some earlier file.
    """
    if _NO_PAGES.search(content):
        return f"{name} is a PDF without any page. Choose another file."
    if code == FPDF_ERR_PASSWORD and b"/Encrypt" in content:
        return (
            f"{name} is protected by a password. Open it in a PDF viewer, "
            "save a copy without the password and add the copy."
        )
    return (
        f"{name} is damaged and cannot be opened as a PDF. "
        "Download it again, or save a new copy from a PDF viewer."
    )
