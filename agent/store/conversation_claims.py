"""Each conversation's messages are one process's to answer, among all that share the database.

So they are answered in order, and by who knows what was said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from agent.store.tables import conversation_claim, replica

INSERTS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
_COLUMNS = conversation_claim.c
LIVE = select(replica.c.id)


@dataclass(frozen=True)
class Places:
    """Where conversations are: `elsewhere` has the process of each that is another's, `moved`
    those that are this one's, and were another's before."""

    elsewhere: Mapping[str, str]
    moved: Collection[str]


class ConversationClaims:
    """Who has claimed a conversation has it until that process dies, or nothing was written in it
    for a day or two (`agent/store/retention.py`)."""

    def __init__(self, engine: AsyncEngine, replica_id: str) -> None:
        self._replica_id = replica_id
        insert = INSERTS[engine.dialect.name](conversation_claim)
        self._insert = insert.on_conflict_do_update(
            index_elements=[_COLUMNS.conversation_id],
            set_={"claimed_at": insert.excluded.claimed_at},
        ).returning(_COLUMNS.conversation_id, _COLUMNS.holder)

    async def take(self, connection: AsyncConnection, ids: Collection[str]) -> Places:
        """Claim those that nobody has who is alive."""
        if not ids:
            return Places({}, ())
        now = datetime.now(UTC)
        rows = [
            # Sorted, so that processes wait for each other's rows in one order.
            {"conversation_id": one, "claimed_at": now, "holder": self._replica_id}
            for one in sorted(ids)
        ]
        found = (await connection.execute(self._insert, rows)).all()
        others = {
            row.conversation_id: row.holder for row in found if row.holder != self._replica_id
        }
        moved = await self._take_over(connection, others) if others else ()
        return Places({one: holder for one, holder in others.items() if one not in moved}, moved)

    async def _take_over(
        self, connection: AsyncConnection, ids: Collection[str]
    ) -> Collection[str]:
        """Claim those of processes that are gone; which they are."""
        is_left = _COLUMNS.conversation_id.in_(ids) & _COLUMNS.holder.not_in(LIVE)
        claim = update(conversation_claim).where(is_left).values(holder=self._replica_id)
        return {*(await connection.execute(claim.returning(_COLUMNS.conversation_id))).scalars()}
