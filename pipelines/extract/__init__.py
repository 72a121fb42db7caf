"""From an uploaded file to a Document."""

from pipelines.document import Document, Upload
from pipelines.errors import UnreadableFile
from pipelines.extract.limits import Limits, check_size, within
from pipelines.extract.markdown import extract_markdown
from pipelines.extract.pdf import extract_pdf
from pipelines.extract.sniff import Kind, sniff
from pipelines.extract.text import extract_text
from pipelines.extract.watch import PageWatch

__all__ = ["Limits", "PageWatch", "extract"]

_DEFAULT_LIMITS = Limits()
_UNWATCHED = PageWatch()


def extract(
    upload: Upload, limits: Limits = _DEFAULT_LIMITS, watch: PageWatch = _UNWATCHED
) -> Document:
    """The text of a file with its title, pages and outline; watch is for the pages of a PDF.

    UnsupportedFile where the kind of file cannot be read, UnreadableFile where this one cannot,
    BeyondLimit where it holds more than is read.
    """
    if not upload.content:
        raise UnreadableFile(f"{upload.name} is empty (0 bytes). Choose a file with text in it.")
    return within(upload, _extracted(sniff(upload), upload, limits, watch), limits)


def _extracted(kind: Kind, upload: Upload, limits: Limits, watch: PageWatch) -> Document:
    if kind == "pdf":
        check_size(upload, "PDF files", limits.pdf_bytes, "pdf_bytes")
        return extract_pdf(upload, limits, watch)
    if kind in ("markdown", "text"):
        check_size(upload, "text files", limits.text_bytes, "text_bytes")
        return extract_markdown(upload) if kind == "markdown" else extract_text(upload)
    return _flowing(kind, upload, limits)


def _flowing(kind: Kind, upload: Upload, limits: Limits) -> Document:
    """A format without fixed pages; its library is imported when the first such file comes."""
    match kind:
        case "docx":
            from pipelines.extract.docx import extract_docx

            return extract_docx(upload, limits)
        case "odt":
            from pipelines.extract.odt import extract_odt

            return extract_odt(upload, limits)
        case "epub":
            from pipelines.extract.epub import extract_epub

            return extract_epub(upload, limits)
        case "html":
            from pipelines.extract.html import extract_html

            return extract_html(upload, limits)
        case "rtf":
            from pipelines.extract.rtf import extract_rtf

            return extract_rtf(upload, limits)
    raise ValueError(f"no reader for files of kind {kind}")
