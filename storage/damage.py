"""What is found wrong with a library, and of which document."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import DBAPIError

from storage.seals import Seal

Kind = Literal[
    "file",
    "index",
    "orphan",
    "document",
    "seal",
    "passage",
    "count",
    "layout",
    "original",
    "progress",
    "checkpoint",
    "snapshot",
    "anchor",
    "embedding",
    "upload",
    "worker",
]


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as it was stored; place says which, in words.

    document_id and title are empty where it belongs to no document.
    """

    kind: Kind
    place: str
    document_id: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be found of one document: by its seal, or by its row where it has none."""

    number: int
    id: str
    title: str
    seal: Seal | None

    def damage(self, kind: Kind, place: str) -> Damage:
        return Damage(kind, place, self.id, self.title)


def guarded(check: Callable[[], Iterable[Damage]], otherwise: Damage) -> list[Damage]:
    """What a check finds; the other damage where rows cannot even be read or understood."""
    try:
        return list(check())
    except (DBAPIError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return [otherwise]
