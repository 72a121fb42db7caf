"""Everything that a user can do, for the command line, the worker and the web page alike."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from app import reading
from app.adding import content_hash, store
from app.context import Context, around
from app.progress import Progress
from app.settings import Settings, private_folder
from pipelines.document import Upload
from retnet_core.errors import StateMismatch
from storage.library import Library, open_library
from storage.records import DocumentRecord

if TYPE_CHECKING:  # torch takes a second to import, and a list of documents needs none of it
    from pipelines.answer import Answer, Citation
    from retnet_core.checkpoint import LoadedReader


def open_service(settings: Settings) -> Service:
    """The service over the library that the settings name, made where it is missing."""
    private_folder(settings.home)
    return Service(settings, open_library(settings.library_url))


class Service:
    """The documents of one owner, and the reader, which is loaded when it is first needed.

    DOC stands for an id, a unique prefix of it, or a title.
    """

    def __init__(self, settings: Settings, library: Library) -> None:
        self.settings = settings
        self.library = library

    def __enter__(self) -> Service:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.library.close()

    @cached_property
    def reader(self) -> LoadedReader:
        """The model that reads; InvalidCheckpoint where its folder does not hold one."""
        from retnet_core.checkpoint import load_reader
        from retnet_core.held import quickest

        weights = self.settings.weights
        held = quickest() if weights == "auto" else weights
        return load_reader(self.settings.model, held=held)

    def add(self, upload: Upload) -> Generator[Progress, None, None]:
        """Store a file and read it to its end; one that is known is only read on.

        Stops where the caller stops asking, and goes on from there when the file is added again.
        """
        yield Progress("extracting")
        owner = self.settings.owner
        known = self.library.by_content(owner, content_hash(upload.content))
        if known is None:
            record = store(self.library, owner, upload, self.reader.tokenizer)
        else:
            self.library.care.keep_original(known.id, upload.content)
            record = self.show(known.id)
        yield from self.read(record, already_known=known is not None)

    def read(self, document: DocumentRecord, *, already_known: bool = True) -> Iterator[Progress]:
        """Read a stored document to its end; nothing is done where that has been done already.

        What was kept is checked first, and read again where it is damaged.
        """
        step = Progress("reading", document)
        for step in reading.finish(self.library, document, self.reader):
            yield step
        yield Progress(
            "done", self.show(document.id), document.pages, step.tokens, step.seconds, already_known
        )

    def read_again(self, document: DocumentRecord) -> Iterator[Progress]:
        """Forget what was kept of reading a document and read it from its stored text."""
        self.library.forget_reading(document.id)
        yield from self.read(self.show(document.id))

    def ask(self, document: DocumentRecord, question: str) -> Answer:
        """The answer of one document with its citations, best first.

        Raises EmptyQuestion, and one of reading.UNUSABLE where what was kept of the reading cannot
        be used: read_again and ask once more.
        """
        from pipelines.answer import ask

        begun = document.weights_fingerprint is not None
        if begun and not reading.is_begun(document, self.reader):
            raise StateMismatch(
                f"{document.title!r} was read by another model, so this one cannot go on from "
                "there. Run `readonce add` with its file, or ask with --read-again, to have this "
                "one read it."
            )
        return ask(self.library, document, question, self.reader)

    def list(self) -> tuple[DocumentRecord, ...]:
        """The documents, newest first."""
        return self.library.list(self.settings.owner)

    def show(self, key: str) -> DocumentRecord:
        """One document; NotFound or AmbiguousName."""
        return self.library.find(self.settings.owner, key)

    def delete(self, key: str) -> DocumentRecord:
        """Remove a document with everything kept of it; gives what it was."""
        document = self.show(key)
        self.library.delete(self.settings.owner, document.id)
        return document

    def page_picture(self, document: DocumentRecord, citation: Citation, width: int) -> bytes:
        """The cited page as a PNG with the sentence marked; b"" where the file has no pages."""
        from pipelines.pages import highlighted

        if document.media_type != "application/pdf":
            return b""
        original = self.library.original(document.id)
        if not original:
            return b""  # it was imported without its file
        return highlighted(original, citation.page, citation.sentence, width)

    def context(self, document: DocumentRecord, citation: Citation) -> Context:
        """The cited sentence with what stands before and after it."""
        return around(self.library.text(document.id), citation)

    def ensure_sample(self) -> None:
        """Hand the sample document to the worker, once in the life of this home."""
        mark = self.settings.home / "sample-added"
        if mark.exists():
            return
        for path in sorted((Path(__file__).parent / "sample").glob("*.pdf")):
            self.library.enqueue(self.settings.owner, path.name, path.read_bytes())
            mark.touch()
