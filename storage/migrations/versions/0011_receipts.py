"""Receipts of jobs and the number of anchors, by which rows that are lost are missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema import job
from storage.work import receipts

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count what is there now, and give every job its receipt."""
    op.create_table(
        "receipt",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
    )
    anchors = sa.Column("anchors", sa.Integer, nullable=False, server_default="0")
    op.add_column("document", anchors)
    op.execute(
        "UPDATE document SET anchors ="
        " (SELECT count(*) FROM anchor WHERE anchor.document_id = document.id)"
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(job.c.id, job.c.owner, job.c.file_name)).all():
        receipts.keep(connection, *row)
