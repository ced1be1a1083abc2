"""Handoffs found by what has become of them, over all conversations."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.handoff.record import UNDER_WAY, WAITING, HandoffRecord, HandoffState
from agent.store.handoff_rows import IS_OPEN, changes_of, to_record, utc_now
from agent.store.tables import handoff, handoff_change

_UNHELD = handoff.c.state.in_([state.value for state in WAITING - {HandoffState.QUEUED}])
"""No human has it, nor does a queue keep it for one."""
_ENDED = handoff.c.state == HandoffState.ENDED.value
_DEAD = (handoff.c.state == HandoffState.FAILED.value) & (handoff.c.next_step == "")
_LAST_CHANGE_AT = (
    select(func.max(handoff_change.c.at))
    .where(handoff_change.c.handoff_id == handoff.c.id)
    .scalar_subquery()
)
_later = handoff.alias()
_IS_NEWEST = ~exists().where(
    _later.c.thread == handoff.c.thread, _later.c.attempt > handoff.c.attempt
)


class HandoffSearch:
    """For those who look after handoffs: the watches of the running agent, and operators."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def not_begun(self, *, seconds: float) -> list[str]:
        """Handoffs that wait for somebody to deliver them: replays, and those asked for so long ago
        that their process must have died. Of calls, only old replays: of a new one the call itself
        may be about to take it."""
        is_replay = handoff.c.replay_of != ""
        is_old = handoff.c.requested_at < utc_now() - timedelta(seconds=seconds)
        is_call = handoff.c.channel == "VOICE"
        query = select(handoff.c.id).where(
            handoff.c.state == HandoffState.REQUESTED.value,
            (~is_call & (is_replay | is_old)) | (is_call & is_replay & is_old),
        )
        async with self._engine.connect() as connection:
            return [*(await connection.execute(query)).scalars()]

    async def closed_since(self, details: Collection[str], *, seconds: float) -> list[str]:
        """Messaging handoffs that no human has any more for one of these details, which became so
        at most so many seconds ago."""
        since = utc_now() - timedelta(seconds=seconds)
        query = (
            select(handoff.c.id)
            .join(handoff_change, handoff_change.c.handoff_id == handoff.c.id)
            .where(handoff_change.c.detail.in_(details), handoff_change.c.at > since)
            .where(handoff.c.channel != "VOICE", ~IS_OPEN)
        )
        async with self._engine.connect() as connection:
            return [*(await connection.execute(query)).scalars()]

    async def left_on_call(self, *, seconds: float) -> list[HandoffRecord]:
        """Handoffs on calls to a human now, asked for at least `seconds` ago, of which nobody knows
        that anybody has taken the call: one that is under way, or that the flow was to take."""
        under_way = handoff.c.state.in_([state.value for state in UNDER_WAY])
        is_taken_over = handoff.c.state == HandoffState.DELIVERED.value
        query = select(handoff).where(
            (under_way & (handoff.c.replay_of == ""))
            | (is_taken_over & (handoff.c.task_sid == "")),
            handoff.c.channel == "VOICE",
            handoff.c.requested_at < utc_now() - timedelta(seconds=seconds),
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings()
            found = [to_record(row, []) for row in rows]
        return [record for record in found if record.is_for_now]

    async def without_task(self, *, seconds: float, at_most: float) -> list[HandoffRecord]:
        """Messaging handoffs that Studio took and nobody has told of a task, asked for at least
        `seconds` and `at_most` so many ago."""
        query = select(handoff).where(
            handoff.c.state == HandoffState.DELIVERED.value,
            handoff.c.channel != "VOICE",
            handoff.c.task_sid == "",
            handoff.c.requested_at < utc_now() - timedelta(seconds=seconds),
            handoff.c.requested_at > utc_now() - timedelta(seconds=at_most),
        )
        async with self._engine.connect() as connection:
            return [to_record(row, []) for row in (await connection.execute(query)).mappings()]

    async def list(
        self,
        *,
        state: HandoffState | None = None,
        dead: bool = False,
        without_human_for: timedelta | None = None,
        is_silent_after_human: bool = False,
        limit: int | None = 100,
    ) -> list[HandoffRecord]:
        """The newest records first; those in one state, the dead letters (failed, with nothing
        next, and their conversation was not handed over again), or those whose conversation nobody
        has held for so long: no queue has it and no human, or, where the agent then stays silent,
        the human has ended and it was not returned."""
        query = select(handoff).order_by(handoff.c.requested_at.desc()).limit(limit)
        if state is not None:
            query = query.where(handoff.c.state == state.value)
        if dead:
            query = query.where(_DEAD, _IS_NEWEST)
        if without_human_for is not None:
            since = utc_now() - without_human_for
            waits = _UNHELD & (handoff.c.requested_at < since)
            is_left = _ENDED & _IS_NEWEST & (since > _LAST_CHANGE_AT)
            query = query.where(waits | is_left if is_silent_after_human else waits)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
            changes = await changes_of(connection, [row["id"] for row in rows])
        return [to_record(row, changes[row["id"]]) for row in rows]
