"""Each message is one process's to deal with, among all that share the database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.tables import as_utc, message_claim, replica

_INSERTS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
_COLUMNS = message_claim.c


@dataclass(frozen=True)
class LeftMessage:
    """What a process had taken and not answered. `event` is Twilio's; `takeovers` tells how many
    processes have had it before."""

    name: str
    event: dict[str, Any]
    claimed_at: datetime
    takeovers: int


class MessageClaims:
    """Who has claimed a message deals with it, or nobody does; unless its process dies before it
    was answered. `replica_id` is this process's among the heartbeats (`agent/store/replicas.py`).
    """

    def __init__(self, engine: AsyncEngine, replica_id: str) -> None:
        self._engine = engine
        self._replica_id = replica_id
        insert = _INSERTS[engine.dialect.name](message_claim)
        self._insert = insert.on_conflict_do_nothing().returning(_COLUMNS.name)
        is_left = _COLUMNS.holder.is_not(None) & _COLUMNS.holder.not_in(select(replica.c.id))
        self._take_over = (
            update(message_claim)
            .where(is_left)
            .values(holder=replica_id, takeovers=_COLUMNS.takeovers + 1)
            .returning(_COLUMNS.name, _COLUMNS.event, _COLUMNS.claimed_at, _COLUMNS.takeovers)
        )

    async def take(self, messages: Mapping[str, dict[str, Any] | None]) -> set[str]:
        """Those of these messages, by name, that nobody has claimed; now they are claimed.

        Where there is an event, it is kept until the message is noted as answered.
        """
        now = datetime.now(UTC)
        rows = [
            {
                "name": name,
                "claimed_at": now + timedelta(microseconds=number),  # they keep their order
                "holder": event and self._replica_id,
                "event": event,
            }
            for number, (name, event) in enumerate(messages.items())
        ]
        async with self._engine.begin() as connection:
            return set((await connection.execute(self._insert, rows)).scalars())

    async def note_answered(self, names: Collection[str]) -> None:
        """Nobody takes them over any more, and what the customers wrote is kept no longer."""
        answered = update(message_claim).where(_COLUMNS.name.in_(names))
        async with self._engine.begin() as connection:
            await connection.execute(answered.values(holder=None, event=None))

    async def take_over(self) -> list[LeftMessage]:
        """What processes that are gone have not answered, in the order in which it came. It is this
        process's now; of several that ask, one gets each."""
        async with self._engine.begin() as connection:
            rows = (await connection.execute(self._take_over)).all()
        return sorted((_to_message(row) for row in rows), key=lambda one: one.claimed_at)


def _to_message(row: Row[Any]) -> LeftMessage:
    return LeftMessage(row.name, row.event, as_utc(row.claimed_at), row.takeovers)
