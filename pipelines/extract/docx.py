"""Word document."""

from pipelines.document import Document, Upload
from pipelines.errors import UnsupportedFile
from pipelines.extract.limits import Limits


def extract_docx(upload: Upload, limits: Limits) -> Document:
    """The text of Word document."""
    raise UnsupportedFile(f"{upload.name} is Word document, which cannot be read yet.")
