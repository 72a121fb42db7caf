"""OpenDocument text."""

from pipelines.document import Document, Upload
from pipelines.errors import UnsupportedFile
from pipelines.extract.limits import Limits


def extract_odt(upload: Upload, limits: Limits) -> Document:
    """The text of OpenDocument text."""
    raise UnsupportedFile(f"{upload.name} is OpenDocument text, which cannot be read yet.")
