"""Seals: what each document's rows are found sound by, and mended from.

A seal is set when a document is stored. It repeats what was never meant to change, and holds a
SHA-256 of the text and of the layout and four bytes for each passage, which tell the damaged one.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)

from storage.blanking import blank
from storage.checksums import checksum
from storage.schema import document, layout, passage, seal

# A name that is added here needs a migration that sets every seal anew.
FACTS = (
    "id",
    "owner",
    "title",
    "title_folded",
    "file_name",
    "content_hash",
    "media_type",
    "characters",
    "pages",
    "pages_without_text",
    "passages",
    "sections",
    "text_bytes",
    "original_bytes",
    "added_at",
    "renamed",
    "tags",
    "readers",
)
MARK_BYTES = 4


@dataclass(frozen=True, slots=True)
class Seal:
    """One document's seal; marks holds MARK_BYTES for each passage, in order."""

    number: int
    facts: dict[str, Any]
    text: str
    layout: str
    marks: bytes

    def mark(self, index: int) -> bytes:
        """The bytes of one passage; b"" where the document has no such passage."""
        return self.marks[index * MARK_BYTES : (index + 1) * MARK_BYTES]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as it lies on the disk, where damage may have left anything at all."""

    id: int
    index: int
    start: int
    page: int
    token_start: int
    tokens: int
    text: bytes
    section: bytes

    @property
    def mark(self) -> bytes:
        return mark(self.text, self.start, self.page, self.section)


def mark(text: bytes, start: int, page: int, section: bytes) -> bytes:
    """A CRC-32 over what extraction gave: enough to tell which passage does not fit the SHA-256."""
    place = f"{start} {page} ".encode()
    return zlib.crc32(text, zlib.crc32(place + section + b"\0")).to_bytes(MARK_BYTES, "big")


def layout_digest(page_starts: object, outline: object) -> str:
    """SHA-256 over where the pages and the sections begin."""
    return checksum(json.dumps([page_starts, outline]).encode())


def set_on(connection: Connection, document_id: str) -> None:
    """Seal what is stored of a document now; a seal that it had is replaced."""
    row = connection.execute(
        select(document.c.number, *facts_columns()).where(document.c.id == document_id)
    ).one()
    places = connection.execute(select(layout).where(layout.c.document_id == document_id)).one()
    whole, marks = hashlib.sha256(), bytearray()
    for part in stored_passages(connection, document_id):
        whole.update(part.text)
        marks += part.mark
    values = {
        "facts": json.dumps(facts_of(row._mapping), sort_keys=True),
        "text": whole.hexdigest(),
        "layout": layout_digest(places.page_starts, places.outline),
        "passages": bytes(marks),
    }
    connection.execute(delete(seal).where(seal.c.number == row.number))
    connection.execute(insert(seal).values(number=row.number, checksum=_digest(values), **values))


def move(connection: Connection, source: int, target: int) -> None:
    """Put one document's seal in the place of another's; restate it when the facts have moved."""
    connection.execute(delete(seal).where(seal.c.number == target))
    connection.execute(update(seal).where(seal.c.number == source).values(number=target))


def restate(connection: Connection, document_id: str) -> None:
    """Take over a document's facts into its seal; what it says of the text stays."""
    row = connection.execute(
        select(document.c.number, *facts_columns()).where(document.c.id == document_id)
    ).one()
    known = all_sound(connection, row.number)[0].get(row.number)
    if known is None:
        return  # a damaged seal is not made to look sound
    values = {
        "facts": json.dumps(facts_of(row._mapping), sort_keys=True),
        "text": known.text,
        "layout": known.layout,
        "passages": known.marks,
    }
    here = seal.c.number == row.number
    blank(connection, seal, ("facts",), here)  # or an old name might be left in the file
    connection.execute(update(seal).where(here).values(checksum=_digest(values), **values))


def facts_columns() -> list[Column[Any]]:
    """The columns of a document that never change."""
    return [document.c[name] for name in FACTS]


def facts_of(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The unchanging part of a document's row, in JSON's types."""
    return {name: _plain(row[name]) for name in FACTS}


def values_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The reverse of facts_of: what is written into a document's row."""
    return {**facts, "added_at": datetime.fromisoformat(facts["added_at"])}


def stored_passages(connection: Connection, document_id: str) -> Iterator[StoredPassage]:
    """Every passage in order, its words as bytes, for damaged ones may not be words any more."""
    columns = [
        passage.c[name] for name in ("id", "index", "start", "page", "token_start", "tokens")
    ]
    words = [as_bytes(connection, passage.c[name]).label(name) for name in ("text", "section")]
    rows = connection.execute(
        select(*columns, *words)
        .where(passage.c.document_id == document_id)
        .order_by(passage.c.index)
    )
    return (StoredPassage(**row._mapping) for row in rows)


def all_sound(
    connection: Connection, number: int | None = None
) -> tuple[dict[int, Seal], list[int]]:
    """The seals, or that one, by number, and the numbers of those that are damaged themselves."""
    found: dict[int, Seal] = {}
    damaged: list[int] = []
    names = ("facts", "text", "layout", "checksum")
    words = [as_bytes(connection, seal.c[name]).label(name) for name in names]
    wanted = select(seal.c.number, seal.c.passages, *words)
    if number is not None:
        wanted = wanted.where(seal.c.number == number)
    for row in connection.execute(wanted):
        sound = _understood(row._mapping)
        if sound is None:
            damaged.append(row.number)
        else:
            found[row.number] = sound
    return found, damaged


def _understood(row: Mapping[Any, Any]) -> Seal | None:
    try:
        values = {name: row[name].decode() for name in ("facts", "text", "layout")}
        if _digest({**values, "passages": row["passages"]}) != row["checksum"].decode():
            return None
        facts = json.loads(values["facts"])
    except (AttributeError, TypeError, ValueError):
        return None
    return Seal(row["number"], facts, values["text"], values["layout"], row["passages"])


def _digest(values: Mapping[str, Any]) -> str:
    words = "\n".join(values[name] for name in ("text", "layout", "facts"))
    return checksum(words.encode() + b"\n" + values["passages"])


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def as_bytes(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[bytes]:
    """The bytes of a column of words, which damage may have left without a meaning as words."""
    if connection.dialect.name == "postgresql":
        return func.convert_to(column, "UTF8")
    return cast(column, LargeBinary)
