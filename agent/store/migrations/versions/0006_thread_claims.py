"""Who hands a thread over just now, and the task that the last one made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "thread_claim",
        sa.Column("thread", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("task_sid", sa.String(64), nullable=False, server_default=""),
    )


def downgrade() -> None:
    op.drop_table("thread_claim")
