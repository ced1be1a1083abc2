"""Who had the conversation, and what they noted when they ended it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("handoff", sa.Column("worker_name", sa.Text, nullable=False, server_default=""))
    op.add_column("handoff", sa.Column("wrap_up_note", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("handoff", "wrap_up_note")
    op.drop_column("handoff", "worker_name")
