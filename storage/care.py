"""Looking after a library: every method is one transaction, as those of Library are."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, func, select

from storage import checks, damage, database, listing, mending, sqlite_care, traffic
from storage.damage import Damage
from storage.database import sqlite
from storage.database.sqlite import SqliteDatabase
from storage.errors import LibraryDamaged, LibraryUnavailable
from storage.faults import translated
from storage.migrate import migrate, require_known
from storage.records import DocumentRecord, NewDocument, NewPassage
from storage.schema import document
from storage.talk import checks as talk_checks
from storage.traffic import Arrival, Departure


@dataclass(frozen=True, slots=True)
class Care:
    """What keeps a library sound; `Library.care` gives it."""

    opened: database.Database
    clock: Callable[[], datetime]

    def document_ids(self, owner: str) -> tuple[str, ...]:
        """The owner's documents, those too whose rows can no longer be understood."""
        with self.opened.reading() as connection:
            return tuple(each.id for each in damage.expected(connection, owner))

    def document_damage(self, owner: str, ids: Sequence[str] | None) -> tuple[Damage, ...]:
        """What is wrong with the owner's documents, or with those of these ids."""
        found: list[Damage] = []
        with self.opened.reading() as connection:
            for each in damage.expected(connection, owner):
                if ids is None or each.id in ids:
                    found += checks.of_document(connection, each)
        return tuple(found)

    def library_damage(self) -> tuple[Damage, ...]:
        """What is wrong with the file, the index, and rows that belong to no document."""
        return (*self._file_damage(), *self._row_damage(), *self._index_damage())

    def is_empty(self) -> bool:
        """Whether nobody has a document here."""
        with self.opened.reading() as connection:
            return connection.scalar(select(func.count()).select_from(document)) == 0

    def _file(self, tool: str) -> SqliteDatabase:
        """The library's file; the error for a server says which tool of its own serves there."""
        if isinstance(self.opened, SqliteDatabase):
            return self.opened
        raise LibraryUnavailable(
            f"The library {self.opened.name} is in a database server, which has its own means for"
            f" this: use {tool}."
        )

    def _file_damage(self) -> list[Damage]:
        if not isinstance(self.opened, SqliteDatabase):
            return []  # a server looks after its own files
        try:
            with self.opened.reading() as connection:
                return sqlite_care.file_damage(connection)
        except LibraryDamaged:  # even the end of a transaction fails on some damaged pages
            return [Damage("file", "pages of the file")]

    def _row_damage(self) -> list[Damage]:
        rows = Damage("orphan", "rows of the library")
        try:
            with self.opened.reading() as connection:
                return damage.guarded(lambda: checks.of_library(connection), rows)
        except LibraryDamaged:
            return [rows]

    def _index_damage(self) -> list[Damage]:
        if not isinstance(self.opened, SqliteDatabase):
            return []  # a server looks after its own files
        try:
            with self.opened.writing() as connection:
                return sqlite_care.index_damage(connection)
        except LibraryDamaged:
            return [Damage("index", "the full-text index")]

    def mend_rows(self, owner: str) -> None:
        """Write back what the seals hold, and remove what belongs to nothing."""
        with self.opened.writing() as connection:
            mending.from_seals(connection, owner)
            mending.remove_orphans(connection, self.clock())
            talk_checks.drop_damaged_states(connection)

    def rebuild_index(self) -> None:
        """Make the full-text index anew from the stored text; others wait meanwhile."""
        if not isinstance(self.opened, SqliteDatabase):
            return  # a server's index changes with its rows
        with self.opened.writing() as connection:
            sqlite_care.rebuild_index(connection)

    def rewrite(self, document_id: str, new: NewDocument, passages: Sequence[NewPassage]) -> bool:
        """Put a text in the place of a damaged one; True where it is exactly what was stored.

        Where it is not, everything read of the old one is dropped and the document sealed anew.
        The index is left as it is: rebuild_index after it.
        """
        with self.opened.writing() as connection:
            return mending.rewrite(connection, document_id, new, passages)

    def set_counts(self, document_id: str, tokens_by_passage: Sequence[int]) -> None:
        """Correct the numbers of tokens; what was read is kept."""
        with self.opened.writing() as connection:
            mending.set_counts(connection, document_id, tokens_by_passage)

    def seal(self, document_id: str) -> None:
        """Take what is stored of a document now as what is to be found again."""
        with self.opened.writing() as connection:
            mending.seal_anew(connection, document_id)

    def keep_original(self, document_id: str, content: bytes) -> bool:
        """Store the file of a document again where it is missing or damaged; whether it was.

        Raises ValueError where these are not the bytes that the document was made from.
        """
        with self.opened.writing() as connection:
            return mending.keep_original(connection, document_id, content)

    @contextmanager
    def departing(self, document_id: str) -> Iterator[Departure]:
        """One moment of a document, for as long as the block takes; may raise StateDamaged."""
        with self.opened.reading() as connection:
            yield Departure(connection, listing.by_id(connection, document_id))

    def take(self, arrivals: Iterable[Arrival]) -> list[tuple[DocumentRecord, bool]]:
        """Store documents from elsewhere, all of them or none; True says that one was known."""
        with self.opened.writing() as connection:
            return [traffic.take(connection, arrival, self.clock()) for arrival in arrivals]

    def back_up(self, path: Path) -> None:
        """Copy the library as it is at one moment into a new file, and check the copy."""
        file = self._file("pg_dump")
        with translated(file.path):
            sqlite_care.back_up(file, path)
        with translated(path):
            sqlite_care.require_whole(path)

    def restore(self, backup: Path) -> None:
        """Replace everything in the library by a backup, after checking that; all or nothing."""
        file = self._file("pg_restore")
        with translated(backup):
            require_known(sqlite_care.require_whole(backup), str(backup))
        with translated(file.path):
            sqlite_care.restore(file, backup)
        file.close()
        migrate(file)
        file.tidy()

    def salvage(self) -> Path:
        """Save every row that can be read from a damaged file; where the old file is kept."""
        file = self._file("a backup of it")
        path = file.path
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        fresh = sqlite.connect(URL.create("sqlite", database=str(folder / "salvaged.db")))
        try:
            migrate(fresh)
            with translated(path):
                return sqlite_care.salvage(file, fresh)
        finally:
            fresh.close()
            shutil.rmtree(folder, ignore_errors=True)
