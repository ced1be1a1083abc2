"""Which processes of the agent are alive, and whose work has to be taken over."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.tables import replica


class Replicas:
    """The heartbeats of all processes that share the database. Who has not been heard of for
    `silent_seconds` is dead to the others."""

    def __init__(self, engine: AsyncEngine, *, silent_seconds: float) -> None:
        self._engine = engine
        self._silent_seconds = silent_seconds
        self.replica_id = f"replica_{secrets.token_hex(8)}"
        self.is_alone = True
        self._alive_until = 0.0
        self._lives = 0

    @property
    def life(self) -> int | None:
        """Stays the same for as long as nobody can have taken this process for dead; None where
        somebody may have."""
        return self._lives if time.monotonic() < self._alive_until else None

    async def beat(self) -> None:
        """Say that this process is alive, and see whether it `is_alone`."""
        began = time.monotonic()
        values = {"id": self.replica_id, "seen_at": datetime.now(UTC)}
        async with self._engine.begin() as connection:
            result = await connection.execute(
                update(replica).where(replica.c.id == self.replica_id).values(values)
            )
            if result.rowcount == 0:
                self._lives += 1
                await connection.execute(insert(replica).values(values))
            count = select(func.count()).select_from(replica)
            self.is_alone = (await connection.execute(count)).scalar_one() == 1
        self._alive_until = began + self._silent_seconds

    async def bury(self) -> list[str]:
        """The processes that are dead; each is given to one caller only."""
        limit = datetime.now(UTC) - timedelta(seconds=self._silent_seconds)
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
