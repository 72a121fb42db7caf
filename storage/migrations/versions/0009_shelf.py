"""What an owner makes of a document: its title, its tags, its readers, whether it was put away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import seals

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and have the seals speak of them; a damaged seal stays damaged."""
    for name in ("tags", "readers"):
        op.add_column("document", sa.Column(name, sa.Text, nullable=False, server_default=""))
    renamed = sa.Column("renamed", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("document", renamed)
    op.add_column("document", sa.Column("put_away_at", sa.DateTime))
    op.create_index("ix_document_put_away_at", "document", ["put_away_at"])
    _seal(op.get_bind())


def _seal(connection: sa.Connection) -> None:
    sealed = set(connection.scalars(sa.text("SELECT number FROM seal")).all())
    for number, name in connection.execute(sa.text("SELECT number, id FROM document")).all():
        if number in sealed:
            seals.restate(connection, name)
        else:
            seals.set_on(connection, name)
