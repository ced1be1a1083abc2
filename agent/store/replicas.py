"""Which processes of the agent are alive, and whose work has to be taken over."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.tables import replica


class Replicas:
    """The heartbeats of all processes that share the database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.replica_id = f"replica_{secrets.token_hex(8)}"
        self.is_alone = True

    async def beat(self) -> None:
        """Say that this process is alive, and see whether it `is_alone`."""
        values = {"id": self.replica_id, "seen_at": datetime.now(UTC)}
        async with self._engine.begin() as connection:
            result = await connection.execute(
                update(replica).where(replica.c.id == self.replica_id).values(values)
            )
            if result.rowcount == 0:
                await connection.execute(insert(replica).values(values))
            count = select(func.count()).select_from(replica)
            self.is_alone = (await connection.execute(count)).scalar_one() == 1

    async def bury(self, *, silent_seconds: float) -> list[str]:
        """The processes not heard of for so long; each is given to one caller only."""
        limit = datetime.now(UTC) - timedelta(seconds=silent_seconds)
        is_silent = (replica.c.seen_at < limit) & (replica.c.id != self.replica_id)
        async with self._engine.begin() as connection:
            silent = list(
                (await connection.execute(select(replica.c.id).where(is_silent))).scalars()
            )
            return [
                dead
                for dead in silent
                if (await connection.execute(delete(replica).where(replica.c.id == dead))).rowcount
            ]

    async def leave(self) -> None:
        """This process ends in good order and leaves nothing behind."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(replica).where(replica.c.id == self.replica_id))
