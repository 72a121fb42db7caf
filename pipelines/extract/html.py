"""web page."""

from pipelines.document import Document, Upload
from pipelines.errors import UnsupportedFile
from pipelines.extract.limits import Limits


def extract_html(upload: Upload, limits: Limits) -> Document:
    """The text of web page."""
    raise UnsupportedFile(f"{upload.name} is web page, which cannot be read yet.")
