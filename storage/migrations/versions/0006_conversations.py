"""Conversations, their turns, and the states from which a model that writes goes on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _of_document() -> sa.Column[str]:
    target = sa.ForeignKey("document.id", ondelete="CASCADE")
    return sa.Column("document_id", sa.String(12), target, nullable=False)


def _of_conversation() -> sa.Column[int]:
    target = sa.ForeignKey("conversation.number", ondelete="CASCADE")
    return sa.Column("conversation", sa.Integer, target, nullable=False)


def upgrade() -> None:
    """Make the tables; nobody has talked yet."""
    _conversation()
    _turn()
    _backdrop()


def _conversation() -> None:
    op.create_table(
        "conversation",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(12), nullable=False, unique=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("everything", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("parent", sa.String(12)),
        sa.Column("shared_turns", sa.Integer, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
    )
    op.create_index("conversation_by_owner", "conversation", ["owner", "number"])
    op.create_table(
        "conversation_document",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_conversation(),
        _of_document(),
        sa.Column("named", sa.Boolean, nullable=False),
    )
    op.create_index(
        "conversation_document_once", "conversation_document", ["conversation", "document_id"]
    )
    op.create_index("conversation_by_document", "conversation_document", ["document_id"])


def _turn() -> None:
    op.create_table(
        "turn",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_conversation(),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("found", sa.Boolean, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("weights_fingerprint", sa.Text),
        sa.Column("tokenizer_fingerprint", sa.Text),
        sa.Column("base", sa.String(64)),
        sa.Column("tokens_read", sa.Integer),
        sa.Column("state_checksum", sa.String(64)),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary),
        sa.UniqueConstraint("conversation", "index", name="turn_once"),
    )
    op.create_index("turn_sizes", "turn", ["conversation", "size"])


def _backdrop() -> None:
    op.create_table(
        "backdrop",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_document(),
        sa.Column("weights_fingerprint", sa.Text, nullable=False),
        sa.Column("tokenizer_fingerprint", sa.Text, nullable=False),
        sa.Column("passage_index", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint(
            "document_id", "weights_fingerprint", "tokenizer_fingerprint", name="backdrop_once"
        ),
    )
    op.create_index("backdrop_sizes", "backdrop", ["document_id", "size"])
