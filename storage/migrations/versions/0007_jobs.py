"""Uploads become jobs of several kinds, which may belong to a batch; workers count their beats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Turn the uploads, waiting or done, into jobs of the kind that adds a file."""
    op.create_table(
        "batch",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(12), nullable=False, unique=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("kind", sa.String(9), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("out", sa.Text, nullable=False),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("owner", "mark", name="batch_once"),
    )
    op.drop_index("upload_by_owner", "upload")
    op.drop_index("upload_by_status", "upload")
    op.drop_index("ix_upload_document_id", "upload")
    op.rename_table("upload", "job")
    # In words, because alembic adds a column with a reference by writing the table anew.
    op.execute("ALTER TABLE job ADD COLUMN batch_id VARCHAR(12) REFERENCES batch (id)")
    for column in _columns():
        op.add_column("job", column)
    op.execute("UPDATE job SET status = 'running' WHERE status = 'reading'")
    op.create_index("job_by_owner", "job", ["owner", "number"])
    op.create_index("job_in_line", "job", ["status", "priority", "owner", "number"])
    op.create_index("job_taken", "job", ["owner", "taken"])
    op.create_index("job_once", "job", ["batch_id", "mark"], unique=True)
    op.create_index("ix_job_document_id", "job", ["document_id"])
    op.add_column("worker", sa.Column("beats", sa.Integer, nullable=False, server_default="0"))


def _columns() -> tuple[sa.Column[str] | sa.Column[int], ...]:
    return (
        sa.Column("kind", sa.String(9), nullable=False, server_default="add"),
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("item", sa.Text),
        sa.Column("mark", sa.String(64)),
        sa.Column("task", sa.Text),
        sa.Column("result", sa.Text),
        sa.Column("result_hash", sa.String(64)),
        sa.Column("fault", sa.Text, nullable=False, server_default=""),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("taken", sa.Integer, nullable=False, server_default="0"),
    )
