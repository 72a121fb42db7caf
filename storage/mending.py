"""Repairs of the library's rows inside one transaction: from the seals, or from what is given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from storage import (
    checks,
    damage,
    fulltext,
    listing,
    saving,
    seals,
    text_checks,
    texts,
)
from storage.checksums import checksum
from storage.records import NewDocument, NewPassage
from storage.schema import (
    checkpoint,
    document,
    layout,
    metadata,
    original,
    passage,
)
from storage.work import checks as job_checks


def from_seals(connection: Connection, owner: str) -> None:
    """Make each document's row say again what its seal says."""
    for each in damage.expected(connection, owner):
        if each.seal is None or not _misstated(connection, each):
            continue
        values = seals.values_of(each.seal.facts)
        _bring_original(connection, each.seal.facts["content_hash"])
        connection.execute(
            update(document).where(document.c.id == each.id).values(number=each.number)
        )
        mended = update(document).where(document.c.number == each.number).values(**values)
        if not connection.execute(mended).rowcount:
            connection.execute(
                insert(document).values(
                    number=each.number, **values, **_nothing_read(connection, each)
                )
            )
        elif not _readable(connection, each):
            connection.execute(
                update(document)
                .where(document.c.number == each.number)
                .values(**_nothing_read(connection, each))
            )


def _misstated(connection: Connection, each: damage.Expected) -> bool:
    unreadable = each.damage("document", "rows")
    wrong = damage.guarded(lambda: text_checks.facts_damage(connection, each), unreadable)
    return bool(wrong) or not _readable(connection, each)


def _readable(connection: Connection, each: damage.Expected) -> bool:
    row = select(document).where(document.c.number == each.number)
    try:
        connection.execute(row).all()
    except (DBAPIError, ValueError, TypeError):
        return False
    return True


def _nothing_read(connection: Connection, each: damage.Expected) -> dict[str, Any]:
    """The changing part of a document's row as it stands before a reading begins."""
    kept = select(checkpoint.c.tokenizer_fingerprint).where(checkpoint.c.document_id == each.id)
    tokens = select(func.coalesce(func.sum(passage.c.tokens), 0)).where(
        passage.c.document_id == each.id
    )
    return {
        "tokens": connection.scalar(tokens),
        "tokenizer_fingerprint": connection.scalar(kept) or "",
        "tokens_read": 0,
        "reused_tokens": 0,
        "anchors": 0,
        "read_seconds": 0.0,
        "state_checksum": None,
        "weights_fingerprint": None,
    }


def _bring_original(connection: Connection, content_hash: str) -> None:
    """Find the original under a damaged key; leave an empty row where it is gone."""
    if connection.scalar(select(original.c.content_hash).filter_by(content_hash=content_hash)):
        return
    (lost,) = checks.orphaned(original)
    for row in connection.execute(select(original).where(lost)).all():
        if checksum(row.content) == content_hash:
            connection.execute(
                update(original)
                .where(original.c.content_hash == row.content_hash)
                .values(content_hash=content_hash)
            )
            return
    connection.execute(insert(original).values(content_hash=content_hash, content=b""))


def remove_orphans(connection: Connection, now: datetime) -> None:
    """Remove what belongs to no document, and what is damaged and of no further use."""
    for lost in connection.scalars(
        select(document.c.content_hash).where(
            document.c.content_hash.not_in(select(original.c.content_hash))
        )
    ).all():
        _bring_original(connection, lost)
    for table in reversed(metadata.sorted_tables):
        for condition in checks.orphaned(table):
            if table is document:  # a new version of a document that is gone stands by itself
                connection.execute(update(document).where(condition).values(replaces=None))
            else:
                connection.execute(delete(table).where(condition))
    job_checks.mend(connection, now)


def rewrite(
    connection: Connection, document_id: str, new: NewDocument, passages: Sequence[NewPassage]
) -> bool:
    """See Care.rewrite."""
    listing.require(connection, document_id)
    before = _seal_of(connection, document_id)
    if connection.dialect.name != "sqlite":  # there the index is made anew afterwards
        fulltext.remove(connection, document_id)
    connection.execute(delete(passage).where(passage.c.document_id == document_id))
    connection.execute(delete(layout).where(layout.c.document_id == document_id))
    texts.insert_text(connection, document_id, new, passages)
    seals.set_on(connection, document_id)
    after = _seal_of(connection, document_id)
    counted = select(document.c.tokenizer_fingerprint).where(document.c.id == document_id)
    same_tokens = connection.scalar(counted) == new.tokenizer_fingerprint
    if same_tokens and before is not None and _same_text(before, after):
        return True
    _restate(connection, document_id, new, passages)
    return False


def _seal_of(connection: Connection, document_id: str) -> seals.Seal | None:
    sound, _ = seals.all_sound(connection)
    return next((each for each in sound.values() if each.facts["id"] == document_id), None)


def _same_text(before: seals.Seal, after: seals.Seal | None) -> bool:
    if after is None:
        return False
    marks = (before.text, before.layout, before.marks)
    return marks == (after.text, after.layout, after.marks)


def _restate(
    connection: Connection, document_id: str, new: NewDocument, passages: Sequence[NewPassage]
) -> None:
    saving.forget(connection, document_id)
    connection.execute(
        update(document)
        .where(document.c.id == document_id)
        .values(**texts.text_facts(new, passages))
    )
    seals.set_on(connection, document_id)


def set_counts(connection: Connection, document_id: str, tokens_by_passage: Sequence[int]) -> None:
    """See Care.set_counts."""
    rows = connection.scalars(
        select(passage.c.id).where(passage.c.document_id == document_id).order_by(passage.c.index)
    ).all()
    starts = accumulate(tokens_by_passage, initial=0)
    for row, tokens, start in zip(rows, tokens_by_passage, starts, strict=False):
        connection.execute(
            update(passage).where(passage.c.id == row).values(token_start=start, tokens=tokens)
        )
    connection.execute(
        update(document).where(document.c.id == document_id).values(tokens=sum(tokens_by_passage))
    )


def seal_anew(connection: Connection, document_id: str) -> None:
    """See Care.seal."""
    listing.require(connection, document_id)
    seals.set_on(connection, document_id)


def keep_original(connection: Connection, document_id: str, content: bytes) -> bool:
    """See Care.keep_original."""
    row = connection.execute(
        select(document.c.content_hash, document.c.original_bytes).where(
            document.c.id == document_id
        )
    ).one_or_none()
    if row is None:
        raise listing.unknown(document_id)
    if checksum(content) != row.content_hash:
        raise ValueError("these are not the bytes that the document was made from")
    ours = original.c.content_hash == row.content_hash
    kept = connection.scalar(select(original.c.content).where(ours))
    if row.original_bytes and kept is not None and checksum(kept) == row.content_hash:
        return False
    connection.execute(update(original).where(ours).values(content=content))
    connection.execute(
        update(document).where(document.c.id == document_id).values(original_bytes=len(content))
    )
    seals.restate(connection, document_id)
    return True
