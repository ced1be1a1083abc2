"""What comes next after a handoff that brought nobody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "handoff", sa.Column("next_step", sa.String(16), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("handoff", "next_step")
