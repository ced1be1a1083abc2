"""Each conversation's messages are one process's to answer, among all that share the database.

So they are answered in order, and by who knows what was said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from agent.store.replicas import Replicas
from agent.store.tables import conversation_claim, replica

INSERTS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
_COLUMNS = conversation_claim.c
LIVE = select(replica.c.id)


CLAIMS_KNOWN = 10_000
RENEWAL_SECONDS = 12 * 3600.0
"""A claim that is not renewed is deleted after days (`agent/store/retention.py`)."""


@dataclass(frozen=True)
class Places:
    """Where conversations are: `here`, with those that have `moved` as they were another process's
    before; `elsewhere` tells whose each is that is another's."""

    here: Collection[str]
    moved: Collection[str]
    elsewhere: Mapping[str, str]


class ConversationClaims:
    """Who has claimed a conversation has it until that process dies, or nothing was written in it
    for days. What is surely this process's is not asked for again."""

    def __init__(self, engine: AsyncEngine, replicas: Replicas) -> None:
        self._replicas = replicas
        self._replica_id = replicas.replica_id
        self._mine: set[str] = set()
        self._life: int | None = None
        self._renewed_at = 0.0
        insert = INSERTS[engine.dialect.name](conversation_claim)
        self._insert = insert.on_conflict_do_update(
            index_elements=[_COLUMNS.conversation_id],
            set_={"claimed_at": insert.excluded.claimed_at},
        ).returning(_COLUMNS.conversation_id, _COLUMNS.holder)

    async def take(self, connection: AsyncConnection, ids: Collection[str]) -> Places:
        """Claim those that nobody has who is alive. It is `settled` once the connection has
        committed."""
        mine = self._known()
        if mine.issuperset(ids):
            return Places(ids, (), {})
        now = datetime.now(UTC)
        rows = [
            # Sorted, so that processes wait for each other's rows in one order.
            {"conversation_id": one, "claimed_at": now, "holder": self._replica_id}
            for one in sorted({*ids} - mine)
        ]
        found = (await connection.execute(self._insert, rows)).all()
        others = {
            row.conversation_id: row.holder for row in found if row.holder != self._replica_id
        }
        moved = await self._take_over(connection, others) if others else ()
        elsewhere = {one: holder for one, holder in others.items() if one not in moved}
        return Places({*ids} - elsewhere.keys(), moved, elsewhere)

    def settled(self, places: Places) -> None:
        """Remember what is this process's, for as long as nobody can have taken it over."""
        if self._life is not None:
            self._mine.update(places.here)

    def _known(self) -> set[str]:
        now, life = time.monotonic(), self._replicas.life
        is_old = life != self._life or now > self._renewed_at + RENEWAL_SECONDS
        if is_old or len(self._mine) > CLAIMS_KNOWN:
            self._mine = set()
            self._life, self._renewed_at = life, now
        return self._mine

    async def _take_over(
        self, connection: AsyncConnection, ids: Collection[str]
    ) -> Collection[str]:
        """Claim those of processes that are gone; which they are."""
        is_left = _COLUMNS.conversation_id.in_(ids) & _COLUMNS.holder.not_in(LIVE)
        claim = update(conversation_claim).where(is_left).values(holder=self._replica_id)
        return {*(await connection.execute(claim.returning(_COLUMNS.conversation_id))).scalars()}
