"""The tables of what readings leave of documents: states, embeddings, saliences."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from storage.schema.columns import metadata
from storage.schema.documents import of_document


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


def _run_columns() -> tuple[Column[str] | Column[int], ...]:
    return (
        Column("weights_fingerprint", Text, nullable=False),
        Column("passage_index", Integer, nullable=False),
        Column("passages", Integer, nullable=False),
    )


def _index_of_runs(table: str) -> Index:
    """It covers the list of what a search needs, and the sums of a list of documents."""
    held = ("weights_fingerprint", "passage_index", "passages", "size")
    return Index(f"{table}_by_document", "document_id", *held)


checkpoint = Table(
    "checkpoint",
    metadata,
    Column("id", Integer, primary_key=True),
    of_document(),
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
    of_document(),
    *_state_columns(),
    *_one_at_each_token("snapshot"),
)

# Exact states from which a later version of the document can go on; a reading needs none of them.
anchor = Table(
    "anchor",
    metadata,
    Column("id", Integer, primary_key=True),
    of_document(),
    *_state_columns(),
    *_one_at_each_token("anchor"),
)

# The state of a whole document as a model that writes has read it: one for each such model.
backdrop = Table(
    "backdrop",
    metadata,
    Column("id", Integer, primary_key=True),
    of_document(),
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

# Runs of neighbouring passages: one while a document is read for each group, one in the end.
embedding = Table(
    "embedding",
    metadata,
    Column("id", Integer, primary_key=True),
    of_document(),
    *_run_columns(),
    Column("width", Integer, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("vectors", LargeBinary, nullable=False),
    _index_of_runs("embedding"),
    sqlite_autoincrement=True,  # an id is never given again: see storage/embeddings.py
)

# Where the sentences of neighbouring passages stand and how rather a summary quotes each: runs as
# those of embeddings.
salience = Table(
    "salience",
    metadata,
    Column("id", Integer, primary_key=True),
    of_document(),
    *_run_columns(),
    Column("checksum", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("counts", LargeBinary, nullable=False),
    Column("marks", LargeBinary, nullable=False),
    _index_of_runs("salience"),
)
