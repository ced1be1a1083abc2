"""Each message is one process's to deal with, among all that share the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.conversation_claims import INSERTS, LIVE, ConversationClaims
from agent.store.replicas import Replicas
from agent.store.tables import as_utc, message_claim

_COLUMNS = message_claim.c


@dataclass(frozen=True)
class LeftMessage:
    """What a process had taken and not answered. `event` is Twilio's; `takeovers` tells how many
    processes have had it before."""

    name: str
    event: dict[str, Any]
    claimed_at: datetime
    takeovers: int


@dataclass(frozen=True)
class Claimed:
    """The names of messages that are this process's to deal with now, and the conversations that
    were another's before: what this one remembers of them is old."""

    names: Collection[str]
    moved: Collection[str]


@dataclass(frozen=True)
class TakenOver:
    """As `Claimed`, of processes that are gone."""

    messages: Sequence[LeftMessage]
    moved: Collection[str]


class MessageClaims:
    """Who has claimed a message deals with it, or nobody does; unless its process dies before it
    was answered. Those of one conversation are one process's: a message that reaches another is
    passed on.
    """

    def __init__(self, engine: AsyncEngine, replicas: Replicas) -> None:
        self._engine = engine
        self._replica_id = replicas.replica_id
        self._conversations = ConversationClaims(engine, replicas)
        insert = INSERTS[engine.dialect.name](message_claim)
        self._insert = insert.on_conflict_do_nothing().returning(_COLUMNS.name)
        self._is_left = _COLUMNS.holder.is_not(None) & _COLUMNS.holder.not_in(LIVE)
        self._take_over = (
            update(message_claim)
            .values(holder=self._replica_id, is_passed_on=False, takeovers=_COLUMNS.takeovers + 1)
            .returning(_COLUMNS.name, _COLUMNS.event, _COLUMNS.claimed_at, _COLUMNS.takeovers)
        )
        self._is_passed_here = (_COLUMNS.holder == self._replica_id) & _COLUMNS.is_passed_on

    async def take(self, messages: Mapping[str, dict[str, Any] | None]) -> Claimed:
        """Claim those of these messages, by name, that nobody has claimed.

        Where there is an event, it is kept until the message is noted as answered, by the process
        that has its conversation.
        """
        ids = {_conversation_of(event) for event in messages.values()} - {""}
        async with self._engine.begin() as connection:
            places = await self._conversations.take(connection, ids)
            rows = [*self._rows(messages, places.elsewhere)]
            new = {*(await connection.execute(self._insert, rows)).scalars()}
        self._conversations.settled(places)
        passed_on = {row["name"] for row in rows if row["is_passed_on"]}
        return Claimed(new - passed_on, places.moved)

    def _rows(
        self, messages: Mapping[str, dict[str, Any] | None], elsewhere: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        now = datetime.now(UTC)
        for number, (name, event) in enumerate(messages.items()):
            conversation_id = _conversation_of(event)
            yield {
                "name": name,
                "claimed_at": now + timedelta(microseconds=number),  # they keep their order
                "conversation_id": conversation_id,
                "holder": event and elsewhere.get(conversation_id, self._replica_id),
                "is_passed_on": conversation_id in elsewhere,
                "event": event,
            }

    async def passed_here(self) -> list[dict[str, Any]]:
        """The events of messages that reached another process and are this one's to deal with, in
        the order in which they came; each is told once."""
        async with self._engine.connect() as connection:
            query = select(_COLUMNS.name).where(self._is_passed_here)
            if not (await connection.execute(query)).first():
                return []
        taken = update(message_claim).where(self._is_passed_here).values(is_passed_on=False)
        async with self._engine.begin() as connection:
            rows = await connection.execute(taken.returning(_COLUMNS.claimed_at, _COLUMNS.event))
            return [row.event for row in sorted(rows, key=lambda row: row.claimed_at)]

    async def note_answered(self, names: Collection[str]) -> None:
        """Nobody takes them over any more, and what the customers wrote is kept no longer."""
        answered = update(message_claim).where(_COLUMNS.name.in_(names))
        async with self._engine.begin() as connection:
            await connection.execute(answered.values(holder=None, event=None))

    async def take_over(self) -> TakenOver:
        """What processes that are gone have not answered, in the order in which it came. It is this
        process's now; of several that ask, one gets each, with all of its conversation."""
        async with self._engine.begin() as connection:
            query = select(_COLUMNS.conversation_id).where(self._is_left)
            ids = {*(await connection.execute(query)).scalars()}
            if not ids:
                return TakenOver((), ())
            places = await self._conversations.take(connection, ids - {""})
            is_here = _COLUMNS.conversation_id.not_in(places.elsewhere)
            rows = await connection.execute(self._take_over.where(self._is_left & is_here))
            messages = sorted(map(_to_message, rows), key=lambda one: one.claimed_at)
        self._conversations.settled(places)
        return TakenOver(messages, places.moved)


def _conversation_of(event: dict[str, Any] | None) -> str:
    """Empty for what is no message."""
    return str(event["data"]["conversationId"]) if event else ""


def _to_message(row: Row[Any]) -> LeftMessage:
    return LeftMessage(row.name, row.event, as_utc(row.claimed_at), row.takeovers)
