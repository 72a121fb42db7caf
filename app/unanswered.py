"""Questions that have no answer yet: each is a file in the home until its answer is stored.

So a question outlives the page that it was asked on, and the server in the middle of an answer.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from app.conversing import About
from app.settings import private_folder
from app.whole_files import written_whole
from storage.library import Library


def _new_id() -> str:
    return uuid4().hex


def _now() -> str:
    return datetime.now(UTC).isoformat()


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked about these documents, () for all.

    conversation: the id of the one that it goes on with, "" where it begins one. again: it takes
    the place of that one's last question. asked_at: when, so that they can be put in order.
    """

    owner: str
    text: str
    document_ids: tuple[str, ...] = ()
    conversation: str = ""
    again: bool = False
    id: str = field(default_factory=_new_id)
    asked_at: str = field(default_factory=_now)

    @property
    def about(self) -> About:
        return About(self.document_ids, everything=not self.document_ids)


class Unanswered:
    """The questions of all owners that a home keeps."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "unanswered"

    def keep(self, question: Question) -> None:
        """Keep a question until it is dropped."""
        private_folder(self._folder)
        with written_whole(self._path(question.id), overwrite=True) as new:
            new.touch(mode=0o600)
            new.write_text(json.dumps(asdict(question)), encoding="utf-8")

    def drop(self, question_id: str) -> None:
        """Forget a question: it has been answered, or nobody wants to know any more."""
        self._path(question_id).unlink(missing_ok=True)

    def of(self, owner: str) -> tuple[Question, ...]:
        """The owner's questions, the oldest first."""
        return tuple(each for each in self._all() if each.owner == owner)

    def forget_document(self, document_id: str) -> None:
        """Forget what was asked about a document that is deleted."""
        for each in self._all():
            if document_id in each.document_ids:
                self.drop(each.id)

    def forget_gone(self, library: Library) -> None:
        """Forget what was asked about documents that are no longer there."""
        for each in self._all():
            there = {record.id for record in library.some(each.owner, each.document_ids)}
            if not there.issuperset(each.document_ids):
                self.drop(each.id)

    def _all(self) -> list[Question]:
        found = [_read(path) for path in self._folder.glob("*.json")]
        return sorted(filter(None, found), key=lambda each: (each.asked_at, each.id))

    def _path(self, question_id: str) -> Path:
        return self._folder / f"{question_id}.json"


def _read(path: Path) -> Question | None:
    """The question in a file; None where it is gone meanwhile, or is no question."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        values = json.loads(path.read_text(encoding="utf-8"))
        return Question(**{**values, "document_ids": tuple(values["document_ids"])})
    return None
