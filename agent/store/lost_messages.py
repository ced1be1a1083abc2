"""Messages of the agent that no way of sending took, and those of customers without an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.tables import as_utc, lost_message


@dataclass(frozen=True)
class LostMessage:
    """What a customer should have read, or had answered. `thread` as in `Conversation`; `detail`
    says why not."""

    at: datetime
    conversation_id: str
    thread: str
    channel: str
    text: str
    detail: str


class LostMessages:
    """Notes them, and lists them for an operator."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self, *, conversation_id: str, thread: str, channel: str, text: str, detail: str
    ) -> None:
        values = {
            "at": datetime.now(UTC),
            "conversation_id": conversation_id,
            "thread": thread,
            "channel": channel,
            "text": text,
            "detail": detail,
        }
        async with self._engine.begin() as connection:
            await connection.execute(insert(lost_message).values(values))

    async def list(self, *, limit: int = 50) -> list[LostMessage]:
        """The newest first."""
        query = select(lost_message).order_by(lost_message.c.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings()
            return [_to_message(row) for row in rows]


def _to_message(row: RowMapping) -> LostMessage:
    return LostMessage(
        at=as_utc(row["at"]),
        conversation_id=row["conversation_id"],
        thread=row["thread"],
        channel=row["channel"],
        text=row["text"],
        detail=row["detail"],
    )
