"""The text of a document inside one transaction: its passages, its layout and its original."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update

from storage import fulltext, listing
from storage.blanking import blank, note_fragments
from storage.readers import KEPT, readable_by
from storage.records import NewDocument, NewPassage, PassageRecord
from storage.schema import document, layout, original, passage

_AT_ONCE = 500  # parameters of a statement


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


def clear_text(connection: Connection, document_id: str) -> None:
    """Take a document's words out of the index and its text out of its passages."""
    fulltext.remove(connection, document_id)
    _blank_passages(connection, document_id)
    note_fragments(connection)


def _blank_passages(connection: Connection, document_id: str) -> None:
    blank(connection, passage, ("text", "section"), passage.c.document_id == document_id)


def keep_original(connection: Connection, new: NewDocument) -> None:
    """Store the bytes of a document, unless another one with the same has them stored."""
    ours = original.c.content_hash == new.content_hash
    size = connection.scalar(select(func.length(original.c.content)).where(ours))
    if size is None:
        # Not values(): what a statement was first made with stays in memory with it.
        kept = {"content_hash": new.content_hash, "content": new.content}
        connection.execute(insert(original), kept)
    elif size == 0 and new.content:  # another's came without one
        connection.execute(update(original).where(ours).values(content=new.content))


def drop_unused_original(connection: Connection, content_hash: str) -> None:
    """Remove the bytes with this hash unless a document is made from them."""
    still_used = exists().where(document.c.content_hash == content_hash)
    connection.execute(delete(original).where(original.c.content_hash == content_hash, ~still_used))


def passages_numbered(
    connection: Connection, owner: str, numbers: Sequence[int]
) -> tuple[tuple[str, PassageRecord], ...]:
    """Passages of documents that the owner may read, by number, each with its document's id."""
    columns = [passage.c.document_id, *(passage.c[name] for name in PassageRecord.__slots__)]
    found: list[tuple[str, PassageRecord]] = []
    for first in range(0, len(numbers), _AT_ONCE):
        rows = connection.execute(
            select(*columns)
            .join(document, document.c.id == passage.c.document_id)
            .where(readable_by(owner), KEPT, passage.c.id.in_(numbers[first : first + _AT_ONCE]))
        )
        found += ((document_id, PassageRecord(*values)) for document_id, *values in rows.all())
    return tuple(found)


def passages_of(
    connection: Connection, document_id: str, first: int, last: int | None
) -> tuple[PassageRecord, ...]:
    """The passages with first <= index < last, in order."""
    listing.require(connection, document_id)
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


def text_of(connection: Connection, document_id: str) -> str:
    """The text of a document: its passages joined."""
    listing.require(connection, document_id)
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
        raise listing.unknown(document_id)
    # Whoever came without the file is not given another owner's, though the hash is the same.
    return bytes(row.content) if row.original_bytes else b""


def layout_of(connection: Connection, document_id: str) -> Row[Any]:
    """The row with page_starts and outline."""
    row = connection.execute(
        select(layout).where(layout.c.document_id == document_id)
    ).one_or_none()
    if row is None:
        raise listing.unknown(document_id)
    return row
