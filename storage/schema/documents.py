"""The tables of documents: their texts, their pages, and what both are found sound by."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
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
    text,
)

from storage.schema.columns import Moment, Words, metadata


def _index_of_given(column: str) -> Index:
    """An index of the rows that have something in a column which is empty in nearly all.

    One of all rows would be taken to find those that have nothing there, and every search would
    walk through the library.
    """
    given = text(f"{column} IS NOT NULL")
    return Index(f"document_{column}", column, sqlite_where=given, postgresql_where=given)


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
    Column("replaces", ForeignKey("document.id")),
    Column("reused_tokens", Integer, nullable=False, default=0),
    Column("anchors", Integer, nullable=False, default=0),  # of the table anchor; nothing names one
    Column("version", Integer, nullable=False, default=1),
    # What its owner made of it: see storage/shelf.py.
    Column("renamed", Boolean, nullable=False, default=False),
    Column("tags", Words, nullable=False, default=""),
    Column("readers", Words, nullable=False, default=""),
    Column("put_away_at", Moment),
    UniqueConstraint("owner", "content_hash", name="document_once_per_owner"),
    Index("document_by_title", "owner", "title_folded"),
    _index_of_given("replaces"),
    _index_of_given("put_away_at"),
)


def of_document(*, primary_key: bool = False) -> Column[str]:
    target = ForeignKey("document.id", ondelete="CASCADE")
    return Column("document_id", target, primary_key=primary_key, nullable=False)


# Apart from document, so that a list of documents never drags thousands of offsets along.
layout = Table(
    "layout",
    metadata,
    of_document(primary_key=True),
    Column("page_starts", JSON, nullable=False),
    Column("outline", JSON, nullable=False),
)

# The ids of one document's passages are consecutive: the full-text search relies on it.
passage = Table(
    "passage",
    metadata,
    Column("id", Integer, primary_key=True),
    of_document(),
    Column("index", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("page", Integer, nullable=False),
    Column("section", Words, nullable=False),
    Column("token_start", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("text", Words, nullable=False),
    UniqueConstraint("document_id", "index", name="passage_once"),
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
