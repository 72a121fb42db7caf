"""The state of a whole document as a model that writes has read it, inside one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from storage.checksums import checksum, require_checksum
from storage.schema import backdrop, document
from storage.talk import Backdrop


def of_document(
    connection: Connection, document_id: str, weights: str, tokenizer: str
) -> Backdrop | None:
    """The state by these weights; None where there is none that is sound."""
    row = connection.execute(
        select(backdrop).where(
            backdrop.c.document_id == document_id,
            backdrop.c.weights_fingerprint == weights,
            backdrop.c.tokenizer_fingerprint == tokenizer,
        )
    ).one_or_none()
    return None if row is None else understood(row)


def understood(row: Row[Any]) -> Backdrop | None:
    """The state in a row; None where it is not what was kept."""
    names = ("weights_fingerprint", "tokenizer_fingerprint", "passage_index", "position", "payload")
    values = {name: row._mapping[name] for name in names}
    kept = Backdrop(**values, checksum=checksum(row.payload))
    return kept if _mark(kept) == row.checksum else None


def _mark(kept: Backdrop) -> str:
    """SHA-256 over a state and what is said of it."""
    told = (kept.weights_fingerprint, kept.tokenizer_fingerprint, kept.checksum)
    places = (str(kept.passage_index), str(kept.position))
    return checksum("\n".join((*told, *places)).encode())


def keep(connection: Connection, document_id: str, new: Backdrop) -> None:
    """Keep a state in place of the one by the same weights; of a document that is gone, nothing."""
    require_checksum(new.payload, new.checksum, "checksum of the state")
    if connection.scalar(select(document.c.id).where(document.c.id == document_id)) is None:
        return
    connection.execute(
        delete(backdrop).where(
            backdrop.c.document_id == document_id,
            backdrop.c.weights_fingerprint == new.weights_fingerprint,
            backdrop.c.tokenizer_fingerprint == new.tokenizer_fingerprint,
        )
    )
    connection.execute(
        insert(backdrop).values(
            document_id=document_id,
            weights_fingerprint=new.weights_fingerprint,
            tokenizer_fingerprint=new.tokenizer_fingerprint,
            passage_index=new.passage_index,
            position=new.position,
            checksum=_mark(new),
            size=len(new.payload),
            payload=new.payload,
        )
    )
