"""A full-text index that tells in which passages a word stands, and no more."""

from __future__ import annotations

from alembic import op

from storage import fulltext

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_FIRST_FORM = ("passage_words_total", "passage_words_term", "passage_words")


def upgrade() -> None:
    """Drop the index of the first form, where there is one, and take every document up anew."""
    for table in _FIRST_FORM:
        op.execute(f"DROP TABLE IF EXISTS {table}")
    fulltext.create(op.get_bind(), "words")
