"""Documents and their passages: what the library does with them inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    Table,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from storage import fulltext, lines, receipts, seals, turns
from storage.blanking import blank, note_fragments
from storage.checksums import require_checksum
from storage.errors import NotFound
from storage.readers import KEPT, readable_by
from storage.records import (
    DocumentRecord,
    NewDocument,
    NewPassage,
    PassageRecord,
    StoredParts,
)
from storage.schema import (
    anchor,
    backdrop,
    checkpoint,
    document,
    embedding,
    job,
    layout,
    original,
    passage,
    salience,
    seal,
    snapshot,
)

_AT_ONCE = 500  # parameters of a statement


def new_id() -> str:
    """Twelve random hexadecimal characters."""
    return uuid.uuid4().hex[:12]


def add(
    connection: Connection,
    new: NewDocument,
    passages: Sequence[NewPassage],
    replaces: str | None,
    now: datetime,
) -> tuple[DocumentRecord, bool]:
    """Store a document, or find that its owner has it already (the second value is True then)."""
    _require_whole(new, passages)
    known = by_content(connection, new.owner, new.content_hash)
    if known is not None:
        here = document.c.id == known.id  # whoever hands it in again wants it back
        connection.execute(update(document).where(here).values(put_away_at=None))
        return by_id(connection, known.id), True
    _keep_original(connection, new)
    document_id = new_id()
    row = _document_row(document_id, new, passages, now)
    row["replaces"] = _replaceable(connection, new.owner, replaces)
    connection.execute(insert(document).values(row))
    insert_text(connection, document_id, new, passages)
    seals.set_on(connection, document_id)
    return by_id(connection, document_id), False


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


def _keep_original(connection: Connection, new: NewDocument) -> None:
    ours = original.c.content_hash == new.content_hash
    size = connection.scalar(select(func.length(original.c.content)).where(ours))
    if size is None:
        connection.execute(
            insert(original).values(content_hash=new.content_hash, content=new.content)
        )
    elif size == 0 and new.content:  # another's came without one
        connection.execute(update(original).where(ours).values(content=new.content))


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
        **text_facts(new, passages),
    }


def text_facts(new: NewDocument, passages: Sequence[NewPassage]) -> dict[str, Any]:
    """What a document's row says of its text."""
    return {
        "characters": len(new.text),
        "pages": len(new.page_starts),
        "pages_without_text": list(new.pages_without_text),
        "tokens": passages[-1].token_start + passages[-1].tokens if passages else 0,
        "tokenizer_fingerprint": new.tokenizer_fingerprint,
        "passages": len(passages),
        "sections": len(new.outline),
        "text_bytes": len(new.text.encode("utf-8", "surrogatepass")),
    }


def insert_text(
    connection: Connection, document_id: str, new: NewDocument, passages: Sequence[NewPassage]
) -> None:
    """Store the layout and the passages of a document that has none, and take the words up."""
    connection.execute(
        insert(layout).values(
            document_id=document_id,
            page_starts=list(new.page_starts),
            outline=[list(heading) for heading in new.outline],
        )
    )
    _insert_passages(connection, document_id, passages)


def _insert_passages(
    connection: Connection, document_id: str, passages: Sequence[NewPassage]
) -> None:
    if not passages:
        return
    # Consecutive under the write lock, as the full-text search expects.
    first = (connection.scalar(select(func.max(passage.c.id))) or 0) + 1
    rows = [
        {
            "id": first + index,
            "document_id": document_id,
            "index": index,
            "text": part.text,
            "start": part.start,
            "page": part.page,
            "section": part.section,
            "token_start": part.token_start,
            "tokens": part.tokens,
        }
        for index, part in enumerate(passages)
    ]
    connection.execute(insert(passage), rows)
    fulltext.index(connection, document_id)


def by_id(connection: Connection, document_id: str) -> DocumentRecord:
    """The document, whoever owns it."""
    row = connection.execute(_documents(document.c.id == document_id)).one_or_none()
    if row is None:
        raise unknown(document_id)
    return _record(row)


def by_content(connection: Connection, owner: str, content_hash: str) -> DocumentRecord | None:
    """The owner's document with these bytes."""
    row = connection.execute(
        _documents(document.c.owner == owner, document.c.content_hash == content_hash)
    ).one_or_none()
    return None if row is None else _record(row)


def of_owner(
    connection: Connection, owner: str, *conditions: ColumnElement[bool]
) -> tuple[DocumentRecord, ...]:
    """The owner's documents, newest first, without those put away."""
    return matching(connection, document.c.owner == owner, KEPT, *conditions)


def of_reader(
    connection: Connection, reader: str, *conditions: ColumnElement[bool]
) -> tuple[DocumentRecord, ...]:
    """The documents that somebody may read, newest first, without those put away."""
    return matching(connection, readable_by(reader), KEPT, *conditions)


def matching(
    connection: Connection,
    *conditions: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]] = (),
    first: int = 0,
    limit: int | None = None,
) -> tuple[DocumentRecord, ...]:
    """Documents of any owner, put away or not, in the order given, then newest first."""
    newest = (document.c.added_at.desc(), document.c.number.desc())
    ordered = _documents(*conditions).order_by(*order, *newest)
    return tuple(map(_record, connection.execute(ordered.offset(first).limit(limit))))


def in_place(connection: Connection, owner: str) -> tuple[DocumentRecord, ...]:
    """The owner's documents without new versions that are not read yet, newest first."""
    return of_owner(connection, owner, document.c.replaces.is_(None))


def unknown(document_id: str) -> NotFound:
    """The error for an id that no document has."""
    return NotFound(f"There is no document {document_id} (any more): `readonce list` shows yours.")


def _documents(*conditions: ColumnElement[bool]) -> Select[Any]:
    snapshots = select(func.count()).where(snapshot.c.document_id == document.c.id)
    return select(
        document,
        snapshots.scalar_subquery().label("snapshots"),
        _bytes_in(snapshot).label("snapshot_bytes"),
        _bytes_in(checkpoint).label("checkpoint_bytes"),
        _bytes_in(embedding).label("embedding_bytes"),
        _bytes_in(anchor).label("anchor_bytes"),
        _bytes_in(salience).label("salience_bytes"),
        _bytes_in(backdrop).label("backdrop_bytes"),
    ).where(*conditions)


def _bytes_in(table: Table) -> ScalarSelect[int]:
    total = func.coalesce(func.sum(table.c.size), 0)
    return select(total).where(table.c.document_id == document.c.id).scalar_subquery()


def _record(row: Row[Any]) -> DocumentRecord:
    return DocumentRecord(
        id=row.id,
        owner=row.owner,
        title=row.title,
        file_name=row.file_name,
        content_hash=row.content_hash,
        media_type=row.media_type,
        characters=row.characters,
        pages=row.pages,
        pages_without_text=tuple(row.pages_without_text),
        tokens=row.tokens,
        passages=row.passages,
        sections=row.sections,
        tokens_read=row.tokens_read,
        read_seconds=row.read_seconds,
        state_checksum=row.state_checksum,
        weights_fingerprint=row.weights_fingerprint,
        tokenizer_fingerprint=row.tokenizer_fingerprint,
        snapshots=row.snapshots,
        stored=StoredParts(
            text=row.text_bytes,
            index=round(row.text_bytes * fulltext.INDEX_SHARE),
            snapshots=row.snapshot_bytes,
            checkpoint=row.checkpoint_bytes,
            anchors=row.anchor_bytes,
            embeddings=row.embedding_bytes,
            saliences=row.salience_bytes,
            backdrops=row.backdrop_bytes,
        ),
        original_bytes=row.original_bytes,
        added_at=row.added_at,
        replaces=row.replaces,
        reused_tokens=row.reused_tokens,
        version=row.version,
        renamed=row.renamed,
        tags=lines.split(row.tags),
        readers=lines.split(row.readers),
        put_away_at=row.put_away_at,
    )


def remove(connection: Connection, owner: str, document_id: str) -> None:
    """Remove a document, its new versions, all that hangs on them, and unused originals."""
    mine = (document.c.id == document_id, document.c.owner == owner)
    # Locked, so that no job comes to it between its jobs' end and its own.
    locked = select(document.c.content_hash).where(*mine).with_for_update()
    content_hash = connection.scalar(locked)
    if content_hash is None:
        raise unknown(document_id)
    newer = select(document.c.id).where(document.c.replaces == document_id)
    for version in connection.scalars(newer).all():
        remove(connection, owner, version)
    turns.remove_of_document(connection, document_id)
    clear_text(connection, document_id)
    _blank_names(connection, document_id)
    receipts.drop_jobs_of_document(connection, document_id)
    connection.execute(delete(document).where(*mine))
    drop_unused_original(connection, content_hash)


def clear_text(connection: Connection, document_id: str) -> None:
    """Take a document's words out of the index and its text out of its passages."""
    fulltext.remove(connection, document_id)
    _blank_passages(connection, document_id)
    note_fragments(connection)


def drop_unused_original(connection: Connection, content_hash: str) -> None:
    """Remove the bytes with this hash unless a document is made from them."""
    still_used = exists().where(document.c.content_hash == content_hash)
    connection.execute(delete(original).where(original.c.content_hash == content_hash, ~still_used))


def _blank_passages(connection: Connection, document_id: str) -> None:
    blank(connection, passage, ("text", "section"), passage.c.document_id == document_id)


def _blank_names(connection: Connection, document_id: str) -> None:
    """The same for a document's titles and names."""
    numbered = select(document.c.number).where(document.c.id == document_id).scalar_subquery()
    blank(connection, seal, ("facts",), seal.c.number == numbered)
    blank(connection, layout, ("outline",), layout.c.document_id == document_id)
    of_jobs = ("file_name", "message", "item", "task", "result")
    blank(connection, job, of_jobs, job.c.document_id == document_id)
    titles = ("title", "title_folded", "file_name", "tags", "readers")
    blank(connection, document, titles, document.c.id == document_id)


def some_of(
    connection: Connection, owner: str, document_ids: Sequence[str]
) -> tuple[DocumentRecord, ...]:
    """Those of the documents that the owner may read, newest first."""
    return of_reader(connection, owner, document.c.id.in_(document_ids))


def passages_numbered(
    connection: Connection, owner: str, numbers: Sequence[int]
) -> tuple[tuple[str, PassageRecord], ...]:
    """Passages of documents that the owner may read, by number, each with its document's id."""
    found = []
    for first in range(0, len(numbers), _AT_ONCE):
        rows = connection.execute(
            select(passage)
            .join(document, document.c.id == passage.c.document_id)
            .where(readable_by(owner), KEPT, passage.c.id.in_(numbers[first : first + _AT_ONCE]))
        )
        for row in rows.mappings():
            values = dict(row)
            found.append((values.pop("document_id"), PassageRecord(**values)))
    return tuple(found)


def passages_of(
    connection: Connection, document_id: str, first: int, last: int | None
) -> tuple[PassageRecord, ...]:
    """The passages with first <= index < last, in order."""
    require(connection, document_id)
    wanted = [passage.c.document_id == document_id, passage.c.index >= first]
    if last is not None:
        wanted.append(passage.c.index < last)
    columns = [column for column in passage.c if column.name != "document_id"]
    rows = connection.execute(select(*columns).where(*wanted).order_by(passage.c.index))
    return tuple(PassageRecord(**row._mapping) for row in rows)


def passages_around(
    connection: Connection, document_id: str, offset: int, reach: int
) -> tuple[PassageRecord, ...]:
    """The passage that holds a place of the text, with so many on each side of it."""
    before = (passage.c.document_id == document_id, passage.c.start <= offset)
    index = connection.scalar(select(func.max(passage.c.index)).where(*before))
    if index is None:
        return ()
    return passages_of(connection, document_id, max(0, index - reach), index + reach + 1)


def row_of(connection: Connection, document_id: str) -> Row[Any]:
    """The row of a document as it is stored."""
    row = connection.execute(select(document).where(document.c.id == document_id)).one_or_none()
    if row is None:
        raise unknown(document_id)
    return row


def require(connection: Connection, document_id: str) -> None:
    """Raise NotFound where no document has this id."""
    if connection.scalar(select(document.c.id).where(document.c.id == document_id)) is None:
        raise unknown(document_id)


def text_of(connection: Connection, document_id: str) -> str:
    """The text of a document: its passages joined."""
    require(connection, document_id)
    parts = connection.scalars(
        select(passage.c.text).where(passage.c.document_id == document_id).order_by(passage.c.index)
    )
    return "".join(parts)


def original_of(connection: Connection, document_id: str) -> bytes:
    """The bytes that the document was made from; b"" where it was imported without them."""
    row = connection.execute(
        select(original.c.content, document.c.original_bytes)
        .join(document, document.c.content_hash == original.c.content_hash)
        .where(document.c.id == document_id)
    ).one_or_none()
    if row is None:
        raise unknown(document_id)
    # Whoever came without the file is not given another owner's, though the hash is the same.
    return bytes(row.content) if row.original_bytes else b""


def layout_of(connection: Connection, document_id: str) -> Row[Any]:
    """The row with page_starts and outline."""
    row = connection.execute(
        select(layout).where(layout.c.document_id == document_id)
    ).one_or_none()
    if row is None:
        raise unknown(document_id)
    return row
