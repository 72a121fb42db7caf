"""e-book."""

from pipelines.document import Document, Upload
from pipelines.errors import UnsupportedFile
from pipelines.extract.limits import Limits


def extract_epub(upload: Upload, limits: Limits) -> Document:
    """The text of e-book."""
    raise UnsupportedFile(f"{upload.name} is e-book, which cannot be read yet.")
