"""PDFs of our own making, each with one property that the tests name."""

import pytest

from tests.pipelines.pdfs import PdfMaker, pdf_of


@pytest.fixture
def make_pdf() -> PdfMaker:
    """A function from pages to the bytes of a PDF."""
    return pdf_of
