"""Looking through a document's row, its passages, its layout and its original for damage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, select

from storage import seals
from storage.checksums import checksum
from storage.damage import Damage, Expected
from storage.schema import document, layout, original
from storage.seals import Seal, StoredPassage


def facts_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Whether the document's row says what its seal says."""
    if each.seal is None:
        yield each.damage("seal", "the seal")
        return
    columns = seals.facts_columns()
    row = connection.execute(select(*columns).where(document.c.number == each.number)).one_or_none()
    if row is None:
        yield each.damage("document", "the row of the document")
        return
    found = seals.facts_of(row._mapping)
    wrong = [name for name, value in each.seal.facts.items() if found[name] != value]
    if wrong:
        yield each.damage("document", ", ".join(name.replace("_", " ") for name in wrong))


def passages_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Whether the passages are those that extraction gave, in order, with their counts."""
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


def layout_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Whether pages and sections begin where they did."""
    row = connection.execute(select(layout).where(layout.c.document_id == each.id)).one_or_none()
    if row is None:
        yield each.damage("layout", "where pages and sections begin")
        return
    found = seals.layout_digest(row.page_starts, row.outline)
    if each.seal is not None and found != each.seal.layout:
        yield each.damage("layout", "where pages and sections begin")


def original_damage(connection: Connection, each: Expected) -> Iterator[Damage]:
    """Whether the file that was added is there as it was."""
    content_hash, size = _original_facts(connection, each)
    if not size:
        return  # it came without one
    content = connection.scalar(
        select(original.c.content).where(original.c.content_hash == content_hash)
    )
    if content is None or checksum(content) != content_hash:
        yield each.damage("original", "the original file")


def _original_facts(connection: Connection, each: Expected) -> tuple[str, int]:
    if each.seal is not None:
        return each.seal.facts["content_hash"], each.seal.facts["original_bytes"]
    row = connection.execute(
        select(document.c.content_hash, document.c.original_bytes).where(
            document.c.number == each.number
        )
    ).one()
    return row.content_hash, row.original_bytes
