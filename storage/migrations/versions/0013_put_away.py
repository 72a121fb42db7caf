"""An index of the documents that were put away, which no longer names those that were not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it in place of the one of all documents."""
    op.drop_index("ix_document_put_away_at", "document")
    rows = sa.text("put_away_at IS NOT NULL")
    op.create_index(
        "document_put_away",
        "document",
        ["put_away_at"],
        sqlite_where=rows,
        postgresql_where=rows,
    )
