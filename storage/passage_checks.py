"""Looking through the passages of a document: their text, their places and their counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, select

from storage import seals
from storage.damage import Damage, Expected
from storage.schema import document
from storage.seals import Seal, StoredPassage


def passage_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Whether the passages, joined, are the text that was sealed, and are counted."""
    parts = list(seals.stored_passages(connection, each.id))
    wrong = _wrong_passages(parts, each)
    yield from wrong
    if each.seal is not None and not wrong:
        whole = hashlib.sha256(b"".join(part.text for part in parts)).hexdigest()
        if whole != each.seal.text:
            yield each.damage("passage", "the text as a whole")
    yield from _miscounted(connection, each, parts)


def _wrong_passages(parts: list[StoredPassage], each: Expected) -> list[Damage]:
    if [part.id - parts[0].id for part in parts] != list(range(len(parts))):
        return [each.damage("passage", "the order of the passages")]
    indexes = {part.index: part for part in parts}
    due = len(parts) if each.seal is None else len(each.seal.marks) // seals.MARK_BYTES
    end = 0
    found = []
    for index in range(max(due, len(parts))):
        part = indexes.get(index)
        if part is None or not _fits(part, end, each.seal):
            found.append(each.damage("passage", f"passage {index + 1} of {due}"))
        if part is not None:
            end = int(part.start) + len(part.text.decode(errors="replace"))
    return found


def _fits(part: StoredPassage, end: int, seal: Seal | None) -> bool:
    if seal is not None:
        return part.mark == seal.mark(part.index)
    part.text.decode()
    return part.start == end


def _miscounted(
    connection: Connection, each: Expected, parts: list[StoredPassage]
) -> Iterator[Damage]:
    total = connection.scalar(select(document.c.tokens).where(document.c.number == each.number))
    token = 0
    for part in parts:
        if part.token_start != token or part.tokens < 0:
            yield each.damage("count", f"the count of tokens at passage {part.index + 1}")
            return
        token += part.tokens
    if total is not None and total != token:
        yield each.damage("count", "the number of tokens")
