"""The tables of the library. How a file comes to have them is in migrations."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

REVISION = "0012"
"""The newest migration: a library at this revision is opened without alembic."""


def storable(words: str) -> str:
    """The words as they come back: lone surrogates, which UTF-8 cannot hold, become U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", words)


class Words(TypeDecorator[str]):
    """Text of any origin, made storable.

    PostgreSQL holds no U+0000, so it is written as U+0010 and a 0 there, and U+0010 twice.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        whole = None if value is None else storable(value)
        if whole is None or dialect.name != "postgresql":
            return whole
        return whole.replace("\x10", "\x10\x10").replace("\0", "\x100")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or dialect.name != "postgresql" or "\x10" not in value:
            return value
        return re.sub("\x10(.)", lambda found: found[1].replace("0", "\0"), value)


class Moment(TypeDecorator[datetime]):
    """A time with its zone outside, the same time in UTC inside."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

original = Table(
    "original",
    metadata,
    Column("content_hash", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

document = Table(
    "document",
    metadata,
    Column("number", Integer, primary_key=True),  # the order of arrival
    Column("id", String(12), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("title", Words, nullable=False),
    Column("title_folded", Words, nullable=False),
    Column("file_name", Words, nullable=False),
    Column("content_hash", ForeignKey("original.content_hash"), nullable=False, index=True),
    Column("media_type", Text, nullable=False),
    Column("characters", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("pages_without_text", JSON, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("sections", Integer, nullable=False),
    Column("text_bytes", Integer, nullable=False),
    Column("original_bytes", Integer, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("tokens_read", Integer, nullable=False, default=0),
    Column("read_seconds", Float, nullable=False, default=0.0),
    Column("state_checksum", Text),
    Column("weights_fingerprint", Text),
    Column("tokenizer_fingerprint", Text, nullable=False),  # counted, and read if at all, with it
    # The document whose place this one takes when it has been read: see storage/versions.py.
    Column("replaces", ForeignKey("document.id"), index=True),
    Column("reused_tokens", Integer, nullable=False, default=0),
    Column("anchors", Integer, nullable=False, default=0),  # of the table anchor; nothing names one
    Column("version", Integer, nullable=False, default=1),
    # What its owner made of it: see storage/shelf.py.
    Column("renamed", Boolean, nullable=False, default=False),
    Column("tags", Words, nullable=False, default=""),
    Column("readers", Words, nullable=False, default=""),
    Column("put_away_at", Moment, index=True),
    UniqueConstraint("owner", "content_hash", name="document_once_per_owner"),
    Index("document_by_title", "owner", "title_folded"),
)


def _of_document(*, primary_key: bool = False) -> Column[str]:
    target = ForeignKey("document.id", ondelete="CASCADE")
    return Column("document_id", target, primary_key=primary_key, nullable=False)


# Apart from document, so that a list of documents never drags thousands of offsets along.
layout = Table(
    "layout",
    metadata,
    _of_document(primary_key=True),
    Column("page_starts", JSON, nullable=False),
    Column("outline", JSON, nullable=False),
)

# The ids of one document's passages are consecutive: the full-text search relies on it.
passage = Table(
    "passage",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_document(),
    Column("index", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("page", Integer, nullable=False),
    Column("section", Words, nullable=False),
    Column("token_start", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("text", Words, nullable=False),
    UniqueConstraint("document_id", "index", name="passage_once"),
)


def _state_columns() -> tuple[Column[str] | Column[int] | Column[bytes], ...]:
    return (
        Column("weights_fingerprint", Text, nullable=False),
        Column("tokenizer_fingerprint", Text, nullable=False),
        Column("passage_index", Integer, nullable=False),
        Column("tokens_read", Integer, nullable=False),
        Column("checksum", String(64), nullable=False),
        Column("size", Integer, nullable=False),
        Column("payload", LargeBinary, nullable=False),
    )


def _one_at_each_token(table: str) -> tuple[UniqueConstraint, Index]:
    """Of each reading one state after so many tokens, and an index that covers the sums of sizes.

    Without the index a list of documents would visit every payload's row.
    """
    place = ("document_id", "weights_fingerprint", "tokenizer_fingerprint", "tokens_read")
    once = UniqueConstraint(*place, name=f"{table}_once")
    return once, Index(f"{table}_sizes", "document_id", "size")


checkpoint = Table(
    "checkpoint",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_document(),
    *_state_columns(),
    UniqueConstraint(
        "document_id", "weights_fingerprint", "tokenizer_fingerprint", name="checkpoint_once"
    ),
    Index("checkpoint_sizes", "document_id", "size"),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_document(),
    *_state_columns(),
    *_one_at_each_token("snapshot"),
)

# What verify finds each document's rows again by, and mends them from: see seals.py.
seal = Table(
    "seal",
    metadata,
    Column("number", ForeignKey("document.number", ondelete="CASCADE"), primary_key=True),
    Column("facts", Words, nullable=False),
    Column("text", String(64), nullable=False),
    Column("layout", String(64), nullable=False),
    Column("passages", LargeBinary, nullable=False),
    Column("checksum", String(64), nullable=False),
)

# Runs of neighbouring passages: one while a document is read for each group, one in the end.
embedding = Table(
    "embedding",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_document(),
    Column("weights_fingerprint", Text, nullable=False),
    Column("passage_index", Integer, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("vectors", LargeBinary, nullable=False),
    # Covers the list of what a search needs, and the sums of a list of documents.
    Index(
        "embedding_by_document",
        "document_id",
        "weights_fingerprint",
        "passage_index",
        "passages",
        "size",
    ),
    sqlite_autoincrement=True,  # an id is never given again: see storage/embeddings.py
)

# Where the sentences of neighbouring passages stand and how rather a summary quotes each: runs as
# those of embeddings.
salience = Table(
    "salience",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_document(),
    Column("weights_fingerprint", Text, nullable=False),
    Column("passage_index", Integer, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("counts", LargeBinary, nullable=False),
    Column("marks", LargeBinary, nullable=False),
    Index(
        "salience_by_document",
        "document_id",
        "weights_fingerprint",
        "passage_index",
        "passages",
        "size",
    ),
)

# Exact states from which a later version of the document can go on; a reading needs none of them.
anchor = Table(
    "anchor",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_document(),
    *_state_columns(),
    *_one_at_each_token("anchor"),
)

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
    _of_document(),
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

# The state of a whole document as a model that writes has read it: one for each such model.
backdrop = Table(
    "backdrop",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_document(),
    Column("weights_fingerprint", Text, nullable=False),
    Column("tokenizer_fingerprint", Text, nullable=False),
    Column("passage_index", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    UniqueConstraint(
        "document_id", "weights_fingerprint", "tokenizer_fingerprint", name="backdrop_once"
    ),
    Index("backdrop_sizes", "document_id", "size"),
)

# beats counts up while the worker lives: who watches it needs no clock that agrees with its own.
worker = Table(
    "worker",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_beat", Moment, nullable=False),
    Column("beats", Integer, nullable=False, default=0),
)

# What one command handed in together. mark tells the same command given again.
batch = Table(
    "batch",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(12), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("kind", String(9), nullable=False),
    Column("mark", String(64), nullable=False),
    Column("out", Words, nullable=False),
    Column("task", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("owner", "mark", name="batch_once"),
)

# content: the file, while it is still needed. item: the place in its batch's input. tries: how
# often it was taken without getting on. fence: how often at all. taken: the order of claims.
job = Table(
    "job",
    metadata,
    Column("number", Integer, primary_key=True),  # the order of arrival
    Column("id", String(12), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("file_name", Words, nullable=False),
    Column("status", String(8), nullable=False),
    Column("message", Words, nullable=False, default=""),
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), index=True),
    Column("worker", Text),
    Column("created_at", Moment, nullable=False),
    Column("content", LargeBinary),
    Column("content_hash", String(64)),
    Column("keep_both", Boolean, nullable=False, default=False),
    Column("batch_id", ForeignKey("batch.id")),
    Column("kind", String(9), nullable=False, default="add"),
    Column("priority", Integer, nullable=False, default=0),
    Column("item", Words),
    Column("mark", String(64)),  # of the item: unique, and no words that a delete would blank
    Column("task", Words),
    Column("result", Words),
    Column("result_hash", String(64)),
    Column("fault", Text, nullable=False, default=""),
    Column("tries", Integer, nullable=False, default=0),
    Column("fence", Integer, nullable=False, default=0),
    Column("taken", Integer, nullable=False, default=0),
    Index("job_by_owner", "owner", "number"),
    Index("job_in_line", "status", "priority", "owner", "number"),
    Index("job_taken", "owner", "taken"),
    Index("job_once", "batch_id", "mark", unique=True),
)

# That a job was handed in: what verify misses a lost one by. See storage/receipts.py.
receipt = Table(
    "receipt",
    metadata,
    Column("id", String(12), primary_key=True),  # of the job; no reference, for it may be lost
    Column("owner", Text, nullable=False),
    Column("file_name", Words, nullable=False),
    Column("checksum", String(64), nullable=False),
)
