"""The tables of the library. How a file comes to have them is in migrations."""

from __future__ import annotations

from storage.schema.columns import Moment, Words, metadata, storable
from storage.schema.conversations import conversation, conversation_document, turn
from storage.schema.documents import document, layout, original, passage, seal
from storage.schema.readings import anchor, backdrop, checkpoint, embedding, salience, snapshot
from storage.schema.work import batch, job, receipt, worker

REVISION = "0013"
"""The newest migration: a library at this revision is opened without alembic."""

__all__ = [
    "REVISION",
    "Moment",
    "Words",
    "anchor",
    "backdrop",
    "batch",
    "checkpoint",
    "conversation",
    "conversation_document",
    "document",
    "embedding",
    "job",
    "layout",
    "metadata",
    "original",
    "passage",
    "receipt",
    "salience",
    "seal",
    "snapshot",
    "storable",
    "turn",
    "worker",
]
