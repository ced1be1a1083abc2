"""Retention: what has been closed for long enough is deleted, a batch at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Column, ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.handoff.record import HOLDING
from agent.store.tables import (
    conversation_claim,
    handoff,
    handoff_change,
    lost_message,
    message_claim,
    thread_claim,
)

if TYPE_CHECKING:
    from dbos import DBOS, DBOSClient

BATCH = 200
CLAIM_BATCH = 5_000
CLAIM_KEPT = timedelta(hours=6)
"""Twilio repeats a webhook within minutes."""
CONVERSATION_KEPT = timedelta(days=2)
"""A process remembers a conversation for a day after the last message (`agent/conversation.py`)."""
_FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


class Retention:
    """Closed handoffs with their changes, the finished workflows that delivered them, lost messages
    and old claims, with messages that nobody was there to take over.

    `workflows` is None where no agent has run on the database yet: then there are none. `batch` is
    how many of each go at a time.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        workflows: type[DBOS] | DBOSClient | None,
        *,
        batch: int = BATCH,
    ) -> None:
        self._engine = engine
        self._workflows = workflows
        self._batch = batch

    async def count(self, *, days: int) -> int:
        """How many handoffs have been closed for so long."""
        query = select(func.count()).where(_closed_before(_days_ago(days)))
        async with self._engine.connect() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def delete_batch(self, *, days: int) -> int:
        """Delete some of them, and some of the rest as old; how many: 0 at the end."""
        moment = _days_ago(days)
        deleted = [
            await self._delete_handoffs(moment),
            await self._delete_workflows(moment),
            await self._delete_lost_messages(moment),
            await self._delete_claims(moment),
            await self._delete_some(message_claim.c.name, message_claim.c.claimed_at < moment),
        ]
        return sum(deleted)

    async def delete_claims(self) -> int:
        """Delete some of those of messages of which no repeat comes any more, and of conversations
        that nobody remembers; how many: 0 at the end. What is still to be answered stays: the next
        process takes it over."""
        now = datetime.now(UTC)
        is_answered = message_claim.c.holder.is_(None)
        is_old = conversation_claim.c.claimed_at < now - CONVERSATION_KEPT
        is_over = is_answered & (message_claim.c.claimed_at < now - CLAIM_KEPT)
        messages = await self._delete_some(message_claim.c.name, is_over)
        return messages + await self._delete_some(conversation_claim.c.conversation_id, is_old)

    async def _delete_some(self, key: Column[str], which: ColumnElement[bool]) -> int:
        query = select(key).where(which).limit(CLAIM_BATCH)
        async with self._engine.begin() as connection:
            statement = delete(key.table).where(key.in_(query))
            return (await connection.execute(statement)).rowcount

    async def _delete_handoffs(self, moment: datetime) -> int:
        query = select(handoff.c.id).where(_closed_before(moment)).limit(self._batch)
        async with self._engine.begin() as connection:
            ids = [*(await connection.execute(query)).scalars()]
            await connection.execute(
                delete(handoff_change).where(handoff_change.c.handoff_id.in_(ids))
            )
            await connection.execute(delete(handoff).where(handoff.c.id.in_(ids)))
        return len(ids)

    async def _delete_lost_messages(self, moment: datetime) -> int:
        query = select(lost_message.c.id).where(lost_message.c.at < moment).limit(self._batch)
        async with self._engine.begin() as connection:
            ids = [*(await connection.execute(query)).scalars()]
            await connection.execute(delete(lost_message).where(lost_message.c.id.in_(ids)))
        return len(ids)

    async def _delete_claims(self, moment: datetime) -> int:
        column = thread_claim.c.thread
        query = select(column).where(thread_claim.c.held_until < moment).limit(self._batch)
        async with self._engine.begin() as connection:
            threads = [*(await connection.execute(query)).scalars()]
            await connection.execute(delete(thread_claim).where(column.in_(threads)))
        return len(threads)

    async def _delete_workflows(self, moment: datetime) -> int:
        if self._workflows is None:
            return 0
        finished = await self._workflows.list_workflows_async(
            status=_FINISHED,
            completed_before=moment.isoformat(),
            limit=self._batch,
            load_input=False,
            load_output=False,
        )
        ids = [workflow.workflow_id for workflow in finished]
        await self._workflows.delete_workflows_async(ids)
        return len(ids)


def _closed_before(moment: datetime) -> ColumnElement[bool]:
    """Nothing has happened to them since then; those that are open never count."""
    changed_since = (
        select(handoff_change.c.id)
        .where(handoff_change.c.handoff_id == handoff.c.id, handoff_change.c.at >= moment)
        .exists()
    )
    is_closed = handoff.c.state.not_in([state.value for state in HOLDING])
    return is_closed & (handoff.c.requested_at < moment) & ~changed_since


def _days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
