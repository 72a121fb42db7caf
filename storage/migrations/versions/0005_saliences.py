"""Sentences and their saliences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; documents read before have none until they are read again."""
    op.create_table(
        "salience",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "document_id",
            sa.String(12),
            sa.ForeignKey("document.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("weights_fingerprint", sa.Text, nullable=False),
        sa.Column("passage_index", sa.Integer, nullable=False),
        sa.Column("passages", sa.Integer, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("counts", sa.LargeBinary, nullable=False),
        sa.Column("marks", sa.LargeBinary, nullable=False),
    )
    op.create_index(
        "salience_by_document",
        "salience",
        ["document_id", "weights_fingerprint", "passage_index", "passages", "size"],
    )
