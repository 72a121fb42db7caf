"""Rich Text file."""

from pipelines.document import Document, Upload
from pipelines.errors import UnsupportedFile
from pipelines.extract.limits import Limits


def extract_rtf(upload: Upload, limits: Limits) -> Document:
    """The text of Rich Text file."""
    raise UnsupportedFile(f"{upload.name} is Rich Text file, which cannot be read yet.")
