"""From an uploaded file to a Document."""

from pipelines.document import Document, Upload
from pipelines.errors import UnreadableFile
from pipelines.extract.limits import Limits, check_size
from pipelines.extract.markdown import extract_markdown
from pipelines.extract.pdf import extract_pdf
from pipelines.extract.sniff import sniff
from pipelines.extract.text import extract_text

__all__ = ["Limits", "extract"]

_DEFAULT_LIMITS = Limits()


def extract(upload: Upload, limits: Limits = _DEFAULT_LIMITS) -> Document:
    """The text of a file with its title, pages and outline.

    UnsupportedFile where the kind of file cannot be read, UnreadableFile where this one cannot,
    BeyondLimit where it holds more than is read.
    """
    if not upload.content:
        raise UnreadableFile(f"{upload.name} is empty (0 bytes). Choose a file with text in it.")
    kind = sniff(upload)
    if kind == "pdf":
        check_size(upload, "PDF files", limits.pdf_bytes, "pdf_bytes")
        return extract_pdf(upload, limits)
    check_size(upload, "text files", limits.text_bytes, "text_bytes")
    return extract_markdown(upload) if kind == "markdown" else extract_text(upload)
