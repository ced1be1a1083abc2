"""Handoff records in the database."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.errors import HandoffError
from agent.handoff.payload import PAYLOAD_VERSION, HandoffPayload
from agent.handoff.reasons import FailureReason
from agent.handoff.record import HOLDING, UNDER_WAY, WAITING, HandoffRecord, HandoffState
from agent.store.handoff_rows import (
    change_record,
    changes_of,
    find_record,
    get_record,
    newest,
    next_attempt,
    note_change,
    reopened,
    to_record,
    utc_now,
    with_changes,
)
from agent.store.tables import handoff, handoff_change

_OPEN = handoff.c.state.in_([state.value for state in HOLDING])
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


_LATEST = newest(handoff.c.thread == bindparam("of"))
"""Made once: it is asked for with every message."""


class HandoffStore:
    """Claims, moves and finds records. Every change is written before its effect.

    `on_change` is told of each change that was made here.
    """

    def __init__(
        self, engine: AsyncEngine, on_change: Callable[[HandoffRecord], None] = lambda _record: None
    ) -> None:
        self._engine = engine
        self._on_change = on_change

    async def claim(
        self,
        *,
        thread: str,
        channel: str,
        customer_address: str,
        agent_address: str,
        payload: HandoffPayload,
        replays: HandoffRecord | None = None,
    ) -> HandoffRecord:
        """The thread's open record, or a new one; the new one's id is the payload's.

        The closed handoff that it replays is noted to be replayed. Claims at once, in this process
        or another, all get the same record.
        """
        values = {
            "id": payload.handoff_id,
            "thread": thread,
            "conversation_id": payload.conversation_id,
            "channel": channel,
            "customer_address": customer_address,
            "agent_address": agent_address,
            "payload": payload.to_wire(),
            "payload_version": PAYLOAD_VERSION,
            "reason_code": payload.attributes.reason_code.value,
            "state": HandoffState.REQUESTED.value,
            "requested_at": utc_now(),
            "replay_of": replays.id if replays else "",
        }
        for _attempt in range(3):
            try:
                async with self._engine.begin() as connection:
                    if found := await find_record(connection, handoff.c.thread == thread, _OPEN):
                        return found
                    values["attempt"] = await next_attempt(connection, thread)
                    await connection.execute(insert(handoff).values(values))
                    await note_change(connection, payload.handoff_id, HandoffState.REQUESTED)
                    if replays:
                        told = f"asked for again as {payload.handoff_id}"
                        await note_change(connection, replays.id, replays.state, told)
                    record = await get_record(connection, payload.handoff_id)
            except IntegrityError:
                continue  # another claim was first: find it
            self._on_change(record)
            return record
        raise HandoffError(f"The handoff of {thread} could not be recorded")

    async def claim_again(self, closed: HandoffRecord) -> HandoffRecord:
        """Another attempt of a handoff that brought nobody: the thread's open record, or a new one.

        Raises HandoffError when that was done before.
        """
        return await self.claim(
            thread=closed.thread,
            channel=closed.channel,
            customer_address=closed.customer_address,
            agent_address=closed.agent_address,
            payload=closed.payload.with_new_id(),
            replays=closed,
        )

    async def move(
        self,
        record: HandoffRecord,
        state: HandoffState,
        *,
        detail: str = "",
        is_new_human: bool = False,
        **columns: str,
    ) -> HandoffRecord:
        """The record in its next state; `columns` such as execution_sid are kept with it.

        A closed one that a human takes after all becomes its thread's newest. Raises HandoffError
        when the move is not allowed, the record has moved meanwhile, or the thread has been handed
        over again.
        """
        record.check_move(state, is_new_human=is_new_human)
        changed = {"state": state.value, **columns, **({"detail": detail} if detail else {})}
        try:
            async with self._engine.begin() as connection:
                if state in HOLDING and not record.holds_conversation:
                    changed = {**await reopened(connection, record), **changed}
                await change_record(connection, record, changed)
                await note_change(connection, record.id, state, detail)
                moved = await get_record(connection, record.id)
        except IntegrityError:
            raise HandoffError(f"{record.thread} has another open handoff") from None
        self._on_change(moved)
        return moved

    async def advance(
        self,
        handoff_id: str,
        state: HandoffState,
        *,
        detail: str = "",
        is_new_human: bool = False,
        **columns: str,
    ) -> HandoffRecord | None:
        """Move as `move` does, whoever else moves the record meanwhile; None where the rules do
        not allow it, or there is no such record."""
        while True:
            record = await self.get(handoff_id)
            if record is None or not record.may_become(state, is_new_human=is_new_human):
                return None
            if state in HOLDING and await self._is_outrun(record):
                return None
            try:
                return await self.move(
                    record, state, detail=detail, is_new_human=is_new_human, **columns
                )
            except HandoffError:
                continue  # it has moved: look again

    async def _is_outrun(self, record: HandoffRecord) -> bool:
        """Whether the conversation of a closed handoff is held by another one."""
        if record.holds_conversation:
            return False
        async with self._engine.connect() as connection:
            return (
                await find_record(connection, handoff.c.thread == record.thread, _OPEN) is not None
            )

    async def note(self, handoff_id: str, **columns: str) -> None:
        """Keep what became known of a handoff, such as execution_sid, whatever its state."""
        async with self._engine.begin() as connection:
            await connection.execute(
                update(handoff).where(handoff.c.id == handoff_id).values(columns)
            )

    async def count_since(self, thread: str, since: datetime) -> int:
        """How many handoffs of the thread were asked for since then."""
        query = select(func.count()).where(
            handoff.c.thread == thread, handoff.c.requested_at >= since
        )
        async with self._engine.connect() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def get(self, handoff_id: str) -> HandoffRecord | None:
        async with self._engine.connect() as connection:
            return await find_record(connection, handoff.c.id == handoff_id)

    async def get_replay(self, handoff_id: str) -> HandoffRecord | None:
        """The record that asks again for this one."""
        async with self._engine.connect() as connection:
            return await find_record(connection, handoff.c.replay_of == handoff_id)

    async def latest(self, thread: str) -> HandoffRecord | None:
        """The thread's newest record."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_LATEST, {"of": thread})).mappings().first()
            return await with_changes(connection, row)

    async def lineage(self, record: HandoffRecord) -> list[HandoffRecord]:
        """The record, and those before it that it replays and that may have arrived after all."""
        records = [record]
        while before := await self.get(records[-1].replay_of):
            if before.failure != FailureReason.OUTCOME_UNKNOWN:
                break
            records.append(before)
        return records

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
            .where(handoff.c.channel != "VOICE", ~_OPEN)
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
