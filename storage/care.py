"""Looking after a library: every method is one transaction, as those of Library are."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage import checks, database, mending, sqlite_care
from storage.checks import Damage
from storage.errors import LibraryDamaged
from storage.faults import translated
from storage.migrate import migrate
from storage.records import NewDocument, NewPassage


@dataclass(frozen=True, slots=True)
class Care:
    """What keeps a library sound; `Library.care` gives it."""

    opened: database.Database
    clock: Callable[[], datetime]

    def document_ids(self, owner: str) -> tuple[str, ...]:
        """The owner's documents, those too whose rows can no longer be understood."""
        with self.opened.reading() as connection:
            return tuple(each.id for each in checks.expected(connection, owner))

    def document_damage(self, owner: str, ids: Sequence[str] | None) -> tuple[Damage, ...]:
        """What is wrong with the owner's documents, or with those of these ids."""
        found: list[Damage] = []
        with self.opened.reading() as connection:
            for each in checks.expected(connection, owner):
                if ids is None or each.id in ids:
                    found += checks.of_document(connection, each)
        return tuple(found)

    def library_damage(self) -> tuple[Damage, ...]:
        """What is wrong with the file, the index, and rows that belong to no document."""
        return (*self._file_damage(), *self._row_damage(), *self._index_damage())

    def _file_damage(self) -> list[Damage]:
        try:
            with self.opened.reading() as connection:
                return sqlite_care.file_damage(connection)
        except LibraryDamaged:  # even the end of a transaction fails on some damaged pages
            return [Damage("file", "pages of the file")]

    def _row_damage(self) -> list[Damage]:
        rows = Damage("orphan", "rows of the library")
        try:
            with self.opened.reading() as connection:
                return checks.guarded(lambda: checks.of_library(connection), rows)
        except LibraryDamaged:
            return [rows]

    def _index_damage(self) -> list[Damage]:
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

    def rebuild_index(self) -> None:
        """Make the full-text index anew from the stored text; others wait meanwhile."""
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

    def salvage(self) -> Path:
        """Save every row that can be read from a damaged file; where the old file is kept."""
        path = self.opened.path
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        fresh = database.connect(f"sqlite:///{folder / 'salvaged.db'}")
        try:
            migrate(fresh)
            with translated(path):
                return sqlite_care.salvage(self.opened, fresh)
        finally:
            fresh.close()
            shutil.rmtree(folder, ignore_errors=True)
