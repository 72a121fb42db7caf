"""Documents that come and go: what the library does with them inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    Connection,
    delete,
    insert,
    select,
    update,
)

from storage import lines, listing, seals, texts
from storage.blanking import blank
from storage.checksums import require_checksum
from storage.ids import new_id
from storage.records import (
    DocumentRecord,
    NewDocument,
    NewPassage,
)
from storage.schema import (
    document,
    job,
    layout,
    seal,
)
from storage.talk import keeping
from storage.work import receipts

_AT_ONCE = 500  # parameters of a statement


def add(
    connection: Connection,
    new: NewDocument,
    passages: Sequence[NewPassage],
    replaces: str | None,
    now: datetime,
) -> tuple[DocumentRecord, bool]:
    """Store a document, or find that its owner has it already (the second value is True then)."""
    _require_whole(new, passages)
    known = listing.by_content(connection, new.owner, new.content_hash)
    if known is not None:
        here = document.c.id == known.id  # whoever hands it in again wants it back
        connection.execute(update(document).where(here).values(put_away_at=None))
        return listing.by_id(connection, known.id), True
    texts.keep_original(connection, new)
    document_id = new_id()
    row = _document_row(document_id, new, passages, now)
    row["replaces"] = _replaceable(connection, new.owner, replaces)
    connection.execute(insert(document).values(row))
    texts.insert_text(connection, document_id, new, passages)
    seals.set_on(connection, document_id)
    return listing.by_id(connection, document_id), False


def _replaceable(connection: Connection, owner: str, document_id: str | None) -> str | None:
    """The id, where the owner (still) has a document of it that is not itself a new version."""
    own = (document.c.id == document_id, document.c.owner == owner, document.c.replaces.is_(None))
    found: str | None = connection.scalar(select(document.c.id).where(*own))
    return found


def _require_whole(new: NewDocument, passages: Sequence[NewPassage]) -> None:
    # The text is kept only in its passages, and an original is shared by all who have its hash.
    if new.content:
        require_checksum(new.content, new.content_hash, "content_hash of the document")
    ends = list(accumulate((len(part.text) for part in passages), initial=0))
    in_place = all(part.start == end for part, end in zip(passages, ends, strict=False))
    if not in_place or "".join(part.text for part in passages) != new.text:
        raise ValueError("the passages, joined in order, must be the text of the document")


def _document_row(
    document_id: str, new: NewDocument, passages: Sequence[NewPassage], now: datetime
) -> dict[str, Any]:
    return {
        "id": document_id,
        "owner": new.owner,
        "title": new.title,
        "title_folded": new.title.casefold(),
        "file_name": new.file_name,
        "content_hash": new.content_hash,
        "media_type": new.media_type,
        "original_bytes": len(new.content),
        "added_at": now,
        "renamed": new.renamed,
        "tags": lines.joined(new.tags),
        **texts.text_facts(new, passages),
    }


def remove(connection: Connection, owner: str, document_id: str) -> None:
    """Remove a document, its new versions, all that hangs on them, and unused originals."""
    mine = (document.c.id == document_id, document.c.owner == owner)
    # Locked, so that no job comes to it between its jobs' end and its own.
    locked = select(document.c.content_hash).where(*mine).with_for_update()
    content_hash = connection.scalar(locked)
    if content_hash is None:
        raise listing.unknown(document_id)
    newer = select(document.c.id).where(document.c.replaces == document_id)
    for version in connection.scalars(newer).all():
        remove(connection, owner, version)
    keeping.remove_of_document(connection, document_id)
    texts.clear_text(connection, document_id)
    _blank_names(connection, document_id)
    receipts.drop_jobs_of_document(connection, document_id)
    connection.execute(delete(document).where(*mine))
    texts.drop_unused_original(connection, content_hash)


def _blank_names(connection: Connection, document_id: str) -> None:
    """The same for a document's titles and names."""
    numbered = select(document.c.number).where(document.c.id == document_id).scalar_subquery()
    blank(connection, seal, ("facts",), seal.c.number == numbered)
    blank(connection, layout, ("outline",), layout.c.document_id == document_id)
    of_jobs = ("file_name", "message", "item", "task", "result")
    blank(connection, job, of_jobs, job.c.document_id == document_id)
    titles = ("title", "title_folded", "file_name", "tags", "readers")
    blank(connection, document, titles, document.c.id == document_id)
