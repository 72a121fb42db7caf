"""An index of pieces of words, for languages other than English."""

from __future__ import annotations

from alembic import op

from storage import fulltext

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index, and take every document up."""
    fulltext.create(op.get_bind(), "pieces")
