"""Indexes of columns that are empty in nearly all documents, without those where they are empty."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them in place of the indexes of all documents."""
    for column in ("replaces", "put_away_at"):
        op.drop_index(f"ix_document_{column}", "document")
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"document_{column}",
            "document",
            [column],
            sqlite_where=given,
            postgresql_where=given,
        )
