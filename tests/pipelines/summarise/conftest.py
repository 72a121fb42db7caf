"""A tiny reader with every head, and documents that it has read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipelines.document import Document, Heading
from retnet_core.checkpoint import LoadedReader, load_reader
from storage.library import Library
from storage.records import DocumentRecord
from tests.pipelines.stored import read_to_its_end, stored
from tests.tiny_reader import WITH_HEADS, folder_of, tiny_reader

Put = Callable[..., DocumentRecord]

SUBJECTS = ("mill", "school", "bridge", "council", "ferry", "orchard", "chapel", "market")
DEEDS = ("ground corn", "taught children", "fell into the river", "met in spring", "was sold")


def chronicle(sentences: int) -> str:
    """So many different sentences, some of them with figures, in paragraphs of four."""
    lines = [
        f"The {SUBJECTS[n % 8]} of the {n}th year {DEEDS[n % 5]} near house {chr(97 + n % 26)}{n}."
        for n in range(sentences)
    ]
    return "\n\n".join(" ".join(lines[n : n + 4]) for n in range(0, sentences, 4))


def document(text: str, title: str = "Chronicle", pages: int = 1) -> Document:
    """The text with its lines of one # as headings, on so many equal pages."""
    outline, at = [], 0
    for line in text.splitlines(keepends=True):
        if line.startswith("# "):
            outline.append(Heading(1, line[2:].strip(), at))
        at += len(line)
    starts = tuple(len(text) * page // pages for page in range(pages))
    return Document(title, text, starts, tuple(outline), ())


@pytest.fixture(scope="session")
def heads(tmp_path_factory: pytest.TempPathFactory) -> LoadedReader:
    folder = tmp_path_factory.mktemp("heads") / "model"
    return load_reader(folder_of(folder, tiny_reader(0, WITH_HEADS)))


@pytest.fixture
def put(library: Library, heads: LoadedReader) -> Put:
    """A function that stores a document and has it read, by the reader with heads or another."""

    def put(given: Document, reader: LoadedReader | None = heads) -> DocumentRecord:
        record = stored(library, reader or heads, given)
        if reader is not None:
            steps = read_to_its_end(library, reader, record)
            library.readings.finish(record.id, steps[-1].state_checksum or "")
        return library.find("ann", record.id)

    return put
