"""Each conversation's messages are one process's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
TABLE = "conversation_claim"
MESSAGES = "message_claim"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("conversation_id", sa.String(128), primary_key=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
    )
    op.add_column(
        MESSAGES, sa.Column("conversation_id", sa.String(128), nullable=False, server_default="")
    )
    op.add_column(
        MESSAGES, sa.Column("is_passed_on", sa.Boolean, nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column(MESSAGES, "is_passed_on")
    op.drop_column(MESSAGES, "conversation_id")
    op.drop_table(TABLE)
