"""The first library."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table of the first release."""
    _make_documents()
    _make_states()
    _make_uploads()


def _of_document(*, primary_key: bool = False) -> sa.Column[str]:
    target = sa.ForeignKey("document.id", ondelete="CASCADE")
    kind = sa.String(12)
    return sa.Column("document_id", kind, target, primary_key=primary_key, nullable=False)


def _make_documents() -> None:
    op.create_table(
        "original",
        sa.Column("content_hash", sa.String(64), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "document",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(12), nullable=False, unique=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("title_folded", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column(
            "content_hash",
            sa.String(64),
            sa.ForeignKey("original.content_hash"),
            nullable=False,
        ),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("characters", sa.Integer, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("pages_without_text", sa.JSON, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("passages", sa.Integer, nullable=False),
        sa.Column("sections", sa.Integer, nullable=False),
        sa.Column("text_bytes", sa.Integer, nullable=False),
        sa.Column("original_bytes", sa.Integer, nullable=False),
        sa.Column("added_at", sa.DateTime, nullable=False),
        sa.Column("tokens_read", sa.Integer, nullable=False),
        sa.Column("read_seconds", sa.Float, nullable=False),
        sa.Column("state_checksum", sa.Text),
        sa.Column("weights_fingerprint", sa.Text),
        sa.Column("tokenizer_fingerprint", sa.Text, nullable=False),
        sa.UniqueConstraint("owner", "content_hash", name="document_once_per_owner"),
    )
    op.create_index("ix_document_content_hash", "document", ["content_hash"])
    op.create_index("document_by_title", "document", ["owner", "title_folded"])
    op.create_table(
        "layout",
        _of_document(primary_key=True),
        sa.Column("page_starts", sa.JSON, nullable=False),
        sa.Column("outline", sa.JSON, nullable=False),
    )
    op.create_table(
        "passage",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_document(),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("token_start", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.UniqueConstraint("document_id", "index", name="passage_once"),
    )


def _make_states() -> None:
    reading = ["document_id", "weights_fingerprint", "tokenizer_fingerprint"]
    _make_state_table("checkpoint", once_for=reading)
    _make_state_table("snapshot", once_for=[*reading, "tokens_read"])


def _make_state_table(name: str, once_for: list[str]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer, primary_key=True),
        _of_document(),
        sa.Column("weights_fingerprint", sa.Text, nullable=False),
        sa.Column("tokenizer_fingerprint", sa.Text, nullable=False),
        sa.Column("passage_index", sa.Integer, nullable=False),
        sa.Column("tokens_read", sa.Integer, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint(*once_for, name=f"{name}_once"),
    )
    op.create_index(f"{name}_sizes", name, ["document_id", "size"])


def _make_uploads() -> None:
    op.create_table(
        "worker",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("last_beat", sa.DateTime, nullable=False),
    )
    op.create_table(
        "upload",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(12), nullable=False, unique=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("document_id", sa.String(12), sa.ForeignKey("document.id", ondelete="CASCADE")),
        sa.Column("worker", sa.Text),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("content", sa.LargeBinary),
    )
    op.create_index("ix_upload_document_id", "upload", ["document_id"])
    op.create_index("upload_by_owner", "upload", ["owner", "number"])
    op.create_index("upload_by_status", "upload", ["status", "number"])
