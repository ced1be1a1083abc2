"""Handoffs, their changes, and the replicas that look after them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

CLOSED = "state IN ('failed', 'canceled', 'abandoned', 'ended', 'returned')"


def upgrade() -> None:
    op.create_table(
        "handoff",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("thread", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("customer_address", sa.String(256), nullable=False),
        sa.Column("agent_address", sa.String(256), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("payload_version", sa.Integer, nullable=False),
        sa.Column("reason_code", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("execution_sid", sa.String(64), nullable=False, server_default=""),
        sa.Column("task_sid", sa.String(64), nullable=False, server_default=""),
        sa.Column("failure", sa.String(32), nullable=False, server_default=""),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("handoff_attempt", "handoff", ["thread", "attempt"], unique=True)
    op.create_index("handoff_conversation", "handoff", ["conversation_id"])
    op.create_index(
        "handoff_one_open",
        "handoff",
        ["thread"],
        unique=True,
        sqlite_where=sa.text(f"NOT ({CLOSED})"),
        postgresql_where=sa.text(f"NOT ({CLOSED})"),
    )
    op.create_table(
        "handoff_change",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "handoff_id",
            sa.String(64),
            sa.ForeignKey("handoff.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("ix_handoff_change_handoff_id", "handoff_change", ["handoff_id"])
    op.create_table(
        "replica",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("replica")
    op.drop_table("handoff_change")
    op.drop_table("handoff")
