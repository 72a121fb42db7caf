"""The library: every public method is one transaction, safe to call from any thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType

from storage import (
    database,
    documents,
    embeddings,
    listing,
    naming,
    saliences,
    scopes,
    texts,
    versions,
)
from storage.care import Care
from storage.migrate import migrate
from storage.postings import postings, postings_of_pieces
from storage.readings import Readings
from storage.records import (
    DocumentRecord,
    EmbeddingRecord,
    EmbeddingRun,
    NewDocument,
    NewPassage,
    PassageRecord,
    Posting,
    SalienceRecord,
)
from storage.scopes import Scope
from storage.shelf import Shelf
from storage.talk.conversations import Conversations
from storage.work.queue import Queue

Clock = Callable[[], datetime]

QUIETLY = 1024 * 1024 * 1024
"""Bytes of a file that is written anew in some ten seconds; who writes meanwhile waits for 30."""


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def open_library(url: str, clock: Clock = utc_now) -> Library:
    """Open the library at a URL like sqlite:////home/me/library.db, made or migrated if need be.

    Raises LibraryUnavailable or LibraryDamaged with what stands in the way.
    """
    opened = database.connect(url)
    try:
        migrate(opened)
    except BaseException:
        opened.close()
        raise
    return Library(opened, clock)


class Library:
    """Documents, their readings and the work that waits to be done.

    Where a method takes no owner, it takes an id that find, list, add or queue.claim gave to its
    owner.
    Every method may raise NotFound for an unknown id, and LibraryUnavailable or LibraryDamaged.
    """

    def __init__(self, opened: database.Database, clock: Clock) -> None:
        self._database = opened
        self._clock = clock

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    @property
    def care(self) -> Care:
        """What looks after this library's files: checks, repairs, copies."""
        return Care(self._database, self._clock)

    @property
    def shelf(self) -> Shelf:
        """What the owners of documents make of them: names, tags, readers, deleting with undo."""
        return Shelf(self._database, self._clock)

    @property
    def conversations(self) -> Conversations:
        """What was talked about this library's documents."""
        return Conversations(self._database, self._clock)

    @property
    def readings(self) -> Readings:
        """What readings of this library's documents have come to."""
        return Readings(self._database)

    @property
    def queue(self) -> Queue:
        """The line of work that waits for workers."""
        return Queue(self._database, self._clock)

    def add(
        self, document: NewDocument, passages: Sequence[NewPassage], replaces: str | None = None
    ) -> tuple[DocumentRecord, bool]:
        """Store a document; True says that its owner had the same bytes already.

        replaces is the id of an earlier version: both are kept until readings.finish puts the new
        one in its place, and list and titles mean the earlier one until then.
        Raises ValueError where content_hash is not the SHA-256 of content, or where the passages
        joined are not the text.
        """
        with self._database.writing() as connection:
            return documents.add(connection, document, passages, replaces, self._clock())

    def find(self, owner: str, key: str) -> DocumentRecord:
        """The document of this id, unique prefix of it (4 characters or more), or title.

        Raises NotFound, or AmbiguousName with the documents that fit.
        """
        with self._database.reading() as connection:
            return naming.find(connection, owner, key)

    def list(self, owner: str) -> tuple[DocumentRecord, ...]:
        """The owner's documents, newest first, without new versions that are not read yet."""
        with self._database.reading() as connection:
            return listing.in_place(connection, owner)

    def unread_versions(self, owner: str) -> tuple[DocumentRecord, ...]:
        """The owner's new versions that have not been read to their end, newest first."""
        with self._database.reading() as connection:
            return versions.unread(connection, owner)

    def of_name(self, owner: str, file_name: str) -> tuple[DocumentRecord, ...]:
        """The owner's documents made from a file of this name, newest first."""
        with self._database.reading() as connection:
            return versions.of_name(connection, owner, file_name)

    def one(self, document_id: str) -> DocumentRecord:
        """A document by its whole id."""
        with self._database.reading() as connection:
            return listing.by_id(connection, document_id)

    def some(self, owner: str, document_ids: Sequence[str]) -> tuple[DocumentRecord, ...]:
        """Those of the documents that are the owner's, newest first."""
        with self._database.reading() as connection:
            return listing.some_of(connection, owner, document_ids)

    def by_content(self, owner: str, content_hash: str) -> DocumentRecord | None:
        """The owner's document made from bytes with this SHA-256."""
        with self._database.reading() as connection:
            return listing.by_content(connection, owner, content_hash)

    def delete(self, owner: str, document_id: str) -> None:
        """Remove a document and every trace of its text from the library's files.

        The part of the full-text index that it lies in is written anew, and so is a file of up to
        256 MB (about a second); meanwhile others can read but not write. A larger file is
        overwritten page by page instead, which now and then leaves a fragment in a page's unused
        part until compact: holds_fragments tells. A program that is reading at
        this moment keeps the write-ahead file alive until the next delete or the last close.
        """
        with self._database.writing() as connection:
            documents.remove(connection, owner, document_id)
        self._database.tidy()

    def compact(self) -> None:
        """Write the whole file anew, without gaps: seconds for each GB, and as much free disk."""
        self._database.compact()

    def holds_fragments(self) -> bool:
        """Whether a delete may have left a piece of a text that compact removes."""
        return self._database.holds_fragments()

    @property
    def compacts_quietly(self) -> bool:
        """Whether the file is small enough for compact to keep nobody waiting for long."""
        return self._database.size <= QUIETLY

    def original(self, document_id: str) -> bytes:
        """The bytes that the document was made from."""
        with self._database.reading() as connection:
            return texts.original_of(connection, document_id)

    def text(self, document_id: str) -> str:
        """The text of a document: its passages joined."""
        with self._database.reading() as connection:
            return texts.text_of(connection, document_id)

    def page_starts(self, document_id: str) -> tuple[int, ...]:
        """The offset in the text at which each page starts."""
        with self._database.reading() as connection:
            return tuple(texts.layout_of(connection, document_id).page_starts)

    def outline(self, document_id: str) -> tuple[tuple[int, str, int], ...]:
        """Level, title and offset of each heading."""
        with self._database.reading() as connection:
            headings = texts.layout_of(connection, document_id).outline
        return tuple((level, title, start) for level, title, start in headings)

    def passages(
        self, document_id: str, first: int = 0, last: int | None = None
    ) -> tuple[PassageRecord, ...]:
        """The passages with first <= index < last, in order; without last, to the end."""
        with self._database.reading() as connection:
            return texts.passages_of(connection, document_id, first, last)

    def passages_around(
        self, document_id: str, offset: int, reach: int
    ) -> tuple[PassageRecord, ...]:
        """The passage that holds a place of the text, with so many on each side of it."""
        with self._database.reading() as connection:
            return texts.passages_around(connection, document_id, offset, reach)

    def scope(self, owner: str, document_ids: Sequence[str] | None = None) -> Scope:
        """What a search covers: all documents of an owner, or these of them."""
        with self._database.reading() as connection:
            return scopes.of_owner(connection, owner, document_ids)

    def postings(self, scope: Scope, words: Sequence[str]) -> tuple[Posting, ...]:
        """In which passages of a scope each word stands, the rarest first."""
        with self._database.reading() as connection:
            return postings(connection, scope, words)

    def postings_of_pieces(self, scope: Scope, asked: str) -> tuple[Posting, ...]:
        """In which passages of a scope each piece of the words of a question stands."""
        with self._database.reading() as connection:
            return postings_of_pieces(connection, scope, asked)

    def passages_numbered(
        self, owner: str, numbers: Sequence[int]
    ) -> tuple[tuple[str, PassageRecord], ...]:
        """Passages by number, each with its document's id; only those of the owner's documents."""
        with self._database.reading() as connection:
            return texts.passages_numbered(connection, owner, numbers)

    def embedding_runs(
        self, owner: str, weights_fingerprint: str, document_ids: Sequence[str] | None = None
    ) -> tuple[EmbeddingRun, ...]:
        """Which embeddings by these weights there are of the owner's documents, or of these."""
        with self._database.reading() as connection:
            return embeddings.runs_of(connection, owner, weights_fingerprint, document_ids)

    def embeddings(self, run_ids: Sequence[int]) -> dict[int, EmbeddingRecord]:
        """The embeddings of these runs; one that is gone or damaged is left out."""
        with self._database.reading() as connection:
            return dict(embeddings.load(connection, run_ids))

    def saliences(
        self, owner: str, document_ids: Sequence[str]
    ) -> dict[str, tuple[SalienceRecord, ...]]:
        """The sentences of these documents of the owner with their saliences, runs in order.

        Documents of which no one reading left them whole and sound are left out.
        """
        with self._database.reading() as connection:
            return saliences.whole(connection, owner, document_ids)
