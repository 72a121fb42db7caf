"""PDFs of our own making, a library in a temporary folder, and tiny readers of random weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retnet_core.checkpoint import LoadedReader, load_reader
from storage.library import Library, open_library
from tests.pipelines.pdfs import PdfMaker, pdf_of
from tests.tiny_reader import biased, make_reader


@pytest.fixture
def make_pdf() -> PdfMaker:
    """A function from pages to the bytes of a PDF."""
    return pdf_of


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(f"sqlite:///{tmp_path / 'library.db'}") as opened:
        yield opened


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> LoadedReader:
    return load_reader(make_reader(tmp_path_factory.mktemp("reader") / "model"))


@pytest.fixture(scope="session")
def other_reader(tmp_path_factory: pytest.TempPathFactory) -> LoadedReader:
    """A reader of the same shape with other weights."""
    return load_reader(make_reader(tmp_path_factory.mktemp("other") / "model", seed=1))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """One library for all tests of a file; each document has an owner of its own."""
    with open_library(f"sqlite:///{tmp_path_factory.mktemp('shelf') / 'library.db'}") as opened:
        yield opened


@pytest.fixture(scope="module")
def sure(tmp_path_factory: pytest.TempPathFactory) -> LoadedReader:
    """A reader that finds an answer everywhere."""
    return biased(tmp_path_factory.mktemp("sure") / "model", absent=-60.0)
