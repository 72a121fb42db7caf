"""New versions of a document, the exact states that they go on from, and uploads by content."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a document that replaces another needs."""
    # In words, because alembic adds a column with a reference by writing the table anew.
    op.execute("ALTER TABLE document ADD COLUMN replaces VARCHAR(12) REFERENCES document (id)")
    op.create_index("ix_document_replaces", "document", ["replaces"])
    for name, value in (("reused_tokens", "0"), ("version", "1")):
        counted = sa.Column(name, sa.Integer, nullable=False, server_default=value)
        op.add_column("document", counted)
    op.add_column("upload", sa.Column("content_hash", sa.String(64)))
    op.add_column(
        "upload", sa.Column("keep_both", sa.Boolean, nullable=False, server_default=sa.false())
    )
    _make_anchors()


def _make_anchors() -> None:
    op.create_table(
        "anchor",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "document_id",
            sa.String(12),
            sa.ForeignKey("document.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("weights_fingerprint", sa.Text, nullable=False),
        sa.Column("tokenizer_fingerprint", sa.Text, nullable=False),
        sa.Column("passage_index", sa.Integer, nullable=False),
        sa.Column("tokens_read", sa.Integer, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint(
            "document_id",
            "weights_fingerprint",
            "tokenizer_fingerprint",
            "tokens_read",
            name="anchor_once",
        ),
    )
    op.create_index("anchor_sizes", "anchor", ["document_id", "size"])
