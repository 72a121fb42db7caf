"""Checksums of texts, layouts and uploads, so that damage on the disk is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.checksums import checksum

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the seals, which a later migration sets: they hold columns that do not exist yet."""
    op.create_table(
        "seal",
        sa.Column(
            "number",
            sa.Integer,
            sa.ForeignKey("document.number", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("text", sa.String(64), nullable=False),
        sa.Column("layout", sa.String(64), nullable=False),
        sa.Column("passages", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
    )
    _hash_uploads(op.get_bind())


def _hash_uploads(connection: sa.Connection) -> None:
    waiting = sa.text(
        "SELECT number FROM upload WHERE content IS NOT NULL AND content_hash IS NULL"
    )
    content = sa.text("SELECT content FROM upload WHERE number = :number")
    hashed = sa.text("UPDATE upload SET content_hash = :hash WHERE number = :number")
    for number in connection.scalars(waiting).all():
        kept = connection.scalar(content, {"number": number})
        connection.execute(hashed, {"hash": checksum(kept), "number": number})
