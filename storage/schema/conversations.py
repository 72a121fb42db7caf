"""The tables of conversations and their turns."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.schema.columns import Moment, Words, metadata
from storage.schema.documents import of_document

conversation = Table(
    "conversation",
    metadata,
    Column("number", Integer, primary_key=True),  # the order of arrival
    Column("id", String(12), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("title", Words, nullable=False),
    Column("everything", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("parent", String(12)),  # an id that may be gone
    Column("shared_turns", Integer, nullable=False, default=0),
    Column("checksum", String(64), nullable=False),
    Index("conversation_by_owner", "owner", "number"),
)


def _of_conversation() -> Column[int]:
    target = ForeignKey("conversation.number", ondelete="CASCADE")
    return Column("conversation", target, nullable=False)


# The documents that a conversation was begun with, in order, and those that it quotes besides.
conversation_document = Table(
    "conversation_document",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_conversation(),
    of_document(),
    Column("named", Boolean, nullable=False),
    Index("conversation_document_once", "conversation", "document_id"),
    Index("conversation_by_document", "document_id"),
)

turn = Table(
    "turn",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_conversation(),
    Column("index", Integer, nullable=False),
    Column("question", Words, nullable=False),
    Column("asked", Words, nullable=False),
    Column("answer", Words, nullable=False),
    Column("found", Boolean, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("evidence", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("checksum", String(64), nullable=False),
    # The state after the turn, which can be made again from the turns: see docs/conversations.md.
    Column("weights_fingerprint", Text),
    Column("tokenizer_fingerprint", Text),
    Column("base", String(64)),
    Column("tokens_read", Integer),
    Column("state_checksum", String(64)),
    Column("size", Integer, nullable=False, default=0),
    Column("payload", LargeBinary),
    UniqueConstraint("conversation", "index", name="turn_once"),
    Index("turn_sizes", "conversation", "size"),
)
