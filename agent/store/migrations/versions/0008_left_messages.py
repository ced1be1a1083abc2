"""Messages that outlive the process that has taken them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
TABLE = "message_claim"
INDEX = "message_claim_unanswered"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("holder", sa.String(64)))
    op.add_column(TABLE, sa.Column("event", sa.JSON))
    op.add_column(
        TABLE, sa.Column("takeovers", sa.Integer, nullable=False, server_default=sa.text("0"))
    )
    is_unanswered = sa.text("holder IS NOT NULL")
    op.create_index(
        INDEX, TABLE, ["holder"], sqlite_where=is_unanswered, postgresql_where=is_unanswered
    )


def downgrade() -> None:
    op.drop_index(INDEX, TABLE)
    for name in ("takeovers", "event", "holder"):
        op.drop_column(TABLE, name)
