"""Which failed handoff another one asks again for; each is asked again for once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "handoff", sa.Column("replay_of", sa.String(64), nullable=False, server_default="")
    )
    op.create_index(
        "handoff_one_replay",
        "handoff",
        ["replay_of"],
        unique=True,
        sqlite_where=sa.text("replay_of <> ''"),
        postgresql_where=sa.text("replay_of <> ''"),
    )


def downgrade() -> None:
    op.drop_index("handoff_one_replay", "handoff")
    op.drop_column("handoff", "replay_of")
