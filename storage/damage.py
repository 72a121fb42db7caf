"""What is damaged: one thing that is not as it was stored, and the document that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from storage import seals
from storage.schema import document
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
    "conversation",
    "turn",
    "backdrop",
    "salience",
    "job",
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


def expected(connection: Connection, owner: str) -> tuple[Expected, ...]:
    """The owner's documents by their seals and their rows, in the order of arrival.

    A document whose row is damaged or gone is known by its seal, and the other way round.
    """
    sound, _ = seals.all_sound(connection)
    found = {
        number: Expected(number, seal.facts["id"], seal.facts["title"], seal)
        for number, seal in sound.items()
        if seal.facts["owner"] == owner
    }
    known = {each.id for each in found.values()}
    words = [seals.as_bytes(connection, document.c[name]) for name in ("id", "title")]
    for number, *names in connection.execute(
        select(document.c.number, *words).where(document.c.owner == owner)
    ):
        name, title = (bytes(word).decode(errors="replace") for word in names)
        if number not in found and name not in known:
            found[number] = Expected(number, name, title, sound.get(number))
    return tuple(found[number] for number in sorted(found))


def guarded(check: Callable[[], Iterable[Damage]], otherwise: Damage) -> list[Damage]:
    """What a check finds; the other damage where rows cannot even be read or understood."""
    try:
        return list(check())
    except (DBAPIError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return [otherwise]
