"""The tables. A change here needs a migration (`agent/store/migrations/versions`)."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)

metadata = MetaData()


def as_utc(moment: datetime) -> datetime:
    """A moment that was read: SQLite forgets the zone."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


CLOSED_STATES = "state IN ('failed', 'canceled', 'abandoned', 'ended', 'returned')"

handoff = Table(
    "handoff",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("thread", String(64), nullable=False),
    Column("conversation_id", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("customer_address", String(256), nullable=False),
    Column("agent_address", String(256), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("payload_version", Integer, nullable=False),
    Column("reason_code", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("execution_sid", String(64), nullable=False, server_default=""),
    Column("task_sid", String(64), nullable=False, server_default=""),
    Column("failure", String(32), nullable=False, server_default=""),
    Column("next_step", String(16), nullable=False, server_default=""),
    Column("detail", Text, nullable=False, server_default=""),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("replay_of", String(64), nullable=False, server_default=""),
    Column("worker_name", Text, nullable=False, server_default=""),
    Column("wrap_up_note", Text, nullable=False, server_default=""),
    Index("handoff_attempt", "thread", "attempt", unique=True),
    Index("handoff_conversation", "conversation_id"),
    Index(
        "handoff_one_open",
        "thread",
        unique=True,
        sqlite_where=text(f"NOT ({CLOSED_STATES})"),
        postgresql_where=text(f"NOT ({CLOSED_STATES})"),
    ),
    Index(
        "handoff_one_replay",
        "replay_of",
        unique=True,
        sqlite_where=text("replay_of <> ''"),
        postgresql_where=text("replay_of <> ''"),
    ),
)

handoff_change = Table(
    "handoff_change",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column(
        "handoff_id",
        String(64),
        ForeignKey("handoff.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("state", String(16), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
)

lost_message = Table(
    "lost_message",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("conversation_id", String(64), nullable=False),
    Column("thread", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("detail", Text, nullable=False),
)

replica = Table(
    "replica",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)

thread_claim = Table(
    "thread_claim",
    metadata,
    Column("thread", String(64), primary_key=True),
    Column("holder", String(32), nullable=False),
    Column("held_until", DateTime(timezone=True), nullable=False),
    Column("task_sid", String(64), nullable=False, server_default=""),
)

conversation_claim = Table(
    "conversation_claim",
    metadata,
    Column("conversation_id", String(128), primary_key=True),
    Column("claimed_at", DateTime(timezone=True), nullable=False),
    Column("holder", String(64), nullable=False),
)

message_claim = Table(
    "message_claim",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("claimed_at", DateTime(timezone=True), nullable=False, index=True),
    Column("conversation_id", String(128), nullable=False, server_default=""),
    Column("holder", String(64)),
    Column("is_passed_on", Boolean, nullable=False, server_default=false()),
    Column("event", JSON(none_as_null=True)),
    Column("takeovers", Integer, nullable=False, server_default=text("0")),
    Index(
        "message_claim_unanswered",
        "holder",
        sqlite_where=text("holder IS NOT NULL"),
        postgresql_where=text("holder IS NOT NULL"),
    ),
)
