"""Each message is one process's to deal with, among all that share the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.tables import message_claim

_INSERTS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


class MessageClaims:
    """A claim is for good: who has made it deals with the message, or nobody does."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        insert = _INSERTS[engine.dialect.name](message_claim)
        self._insert = insert.on_conflict_do_nothing().returning(message_claim.c.name)

    async def take(self, names: Sequence[str]) -> set[str]:
        """Those of these messages that nobody has claimed; now they are claimed."""
        now = datetime.now(UTC)
        rows = [{"name": name, "claimed_at": now} for name in names]
        async with self._engine.begin() as connection:
            return set((await connection.execute(self._insert, rows)).scalars())
