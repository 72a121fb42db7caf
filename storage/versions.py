"""A document that takes the place of an earlier version of itself, inside one transaction.

Until it has been read, the new version is a document of its own whose `replaces` names the earlier
one, which stays as it is. Then the new version's rows come under the earlier one's id, so that
whatever refers to the document by its id goes on doing so.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from storage import documents, embeddings, listing, saliences, seals, texts
from storage.checksums import checksum
from storage.records import DocumentRecord
from storage.schema import (
    anchor,
    backdrop,
    checkpoint,
    conversation_document,
    document,
    embedding,
    job,
    layout,
    passage,
    salience,
    snapshot,
)

OF_THE_TEXT = (layout, passage, checkpoint, snapshot, anchor, embedding, salience, backdrop)
"""What belongs to one version: it goes with the earlier one and comes with the new one."""

OF_THE_PERSON = (job, conversation_document)
"""What belongs to the document in all its versions: it stays, and the new version's comes in."""

_OF_ITS_OWNER = ("renamed", "tags", "readers", "put_away_at")
"""What the owner made of a document stays whatever its text becomes; a title given by hand too."""

_STATE = [column.name for column in snapshot.c if column.name not in ("id", "document_id")]


def of_name(connection: Connection, owner: str, file_name: str) -> tuple[DocumentRecord, ...]:
    """The owner's documents made from a file of this name, newest first, unread versions apart."""
    return listing.of_owner(
        connection, owner, document.c.file_name == file_name, document.c.replaces.is_(None)
    )


def unread(connection: Connection, owner: str) -> tuple[DocumentRecord, ...]:
    """The owner's new versions that have not taken their place yet, newest first."""
    return listing.of_owner(connection, owner, document.c.replaces.is_not(None))


def adopt(
    connection: Connection,
    document_id: str,
    source_id: str,
    weights: str,
    tokenizer: str,
    boundaries: Collection[int],
) -> int:
    """Give a document that is unread the states of another one, up to the furthest boundary.

    boundaries are as in Readings.adopt. The tokens that need not be read any more are
    returned, 0 where nothing sound was kept of such a reading. A document that has been begun is
    left alone.
    """
    marks = (weights, tokenizer)
    row = listing.row_of(connection, document_id)
    if row.tokens_read or _states(connection, checkpoint, document_id, marks):
        return 0
    exact = _furthest(connection, source_id, marks, boundaries)
    earlier = [] if exact is None else _earlier(connection, source_id, marks, exact.tokens_read)
    if exact is None or not all(_is_sound(state) for _, state in earlier):
        return 0
    for table, state in [(checkpoint, exact), *earlier]:
        values = {name: state._mapping[name] for name in _STATE}
        connection.execute(insert(table).values(document_id=document_id, **values))
    for kept in (embeddings.RUNS, saliences.RUNS):
        kept.copy(connection, source_id, document_id, weights, exact.passage_index)
    connection.execute(
        update(document)
        .where(document.c.id == document_id)
        .values(
            tokens_read=exact.tokens_read,
            reused_tokens=exact.tokens_read,
            anchors=sum(table is anchor for table, _ in earlier),
            weights_fingerprint=weights,
        )
    )
    return int(exact.tokens_read)


def _furthest(
    connection: Connection, source_id: str, marks: tuple[str, str], boundaries: Collection[int]
) -> Row[Any] | None:
    """The last sound exact state that lies at one of the boundaries."""
    found = [
        state
        for table in (checkpoint, anchor)
        for state in _states(connection, table, source_id, marks)
        if state.passage_index in boundaries and _is_sound(state)
    ]
    return max(found, key=lambda state: state.tokens_read, default=None)


def _earlier(
    connection: Connection, source_id: str, marks: tuple[str, str], tokens: int
) -> list[tuple[Table, Row[Any]]]:
    """The snapshots and anchors of a reading up to a token, each with its table."""
    return [
        (table, state)
        for table in (snapshot, anchor)
        for state in _states(connection, table, source_id, marks)
        if state.tokens_read <= tokens
    ]


def _states(
    connection: Connection, table: Table, document_id: str, marks: tuple[str, str]
) -> list[Row[Any]]:
    return list(
        connection.execute(
            select(table).where(
                table.c.document_id == document_id,
                table.c.weights_fingerprint == marks[0],
                table.c.tokenizer_fingerprint == marks[1],
            )
        )
    )


def _is_sound(state: Row[Any]) -> bool:
    return checksum(state.payload) == str(state.checksum)


def take_place(connection: Connection, document_id: str) -> str:
    """Put a document that has been read in the place of the one it replaces, if any.

    The id under which it is found from now on is returned.
    """
    new = listing.row_of(connection, document_id)
    if new.replaces is None:
        return document_id
    old = listing.row_of(connection, new.replaces)
    _remove_older(connection, new)
    texts.clear_text(connection, old.id)
    for table in OF_THE_TEXT:
        connection.execute(delete(table).where(table.c.document_id == old.id))
    for table in (*OF_THE_TEXT, *OF_THE_PERSON):
        connection.execute(
            update(table).where(table.c.document_id == new.id).values(document_id=old.id)
        )
    seals.move(connection, new.number, old.number)
    connection.execute(delete(document).where(document.c.id == new.id))
    values = {
        name: value
        for name, value in new._mapping.items()
        if name not in ("number", "id", "replaces", *_OF_ITS_OWNER)
    }
    values["version"] = old.version + 1
    if old.renamed:
        values |= {"title": old.title, "title_folded": old.title_folded}
    connection.execute(update(document).where(document.c.id == old.id).values(values))
    seals.restate(connection, old.id)
    texts.drop_unused_original(connection, old.content_hash)
    return str(old.id)


def _remove_older(connection: Connection, new: Row[Any]) -> None:
    """Remove the versions of the same document that were handed in before this one."""
    older = connection.scalars(
        select(document.c.id).where(
            document.c.replaces == new.replaces, document.c.number < new.number
        )
    ).all()
    for document_id in older:
        documents.remove(connection, new.owner, document_id)
