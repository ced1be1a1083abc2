"""Handoff records in the database, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.errors import HandoffError
from agent.handoff.payload import PAYLOAD_VERSION, HandoffPayload
from agent.handoff.reasons import FailureReason
from agent.handoff.record import HOLDING, HandoffRecord, HandoffState
from agent.store.handoff_rows import (
    IS_OPEN,
    change_record,
    find_record,
    get_record,
    newest,
    next_attempt,
    note_change,
    reopened,
    utc_now,
    with_changes,
)
from agent.store.tables import handoff

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
                record = await self._find_or_insert(values, replays)
            except IntegrityError:
                continue  # another claim was first: find it
            if record.id == payload.handoff_id:
                self._on_change(record)
            return record
        raise HandoffError(f"The handoff of {thread} could not be recorded")

    async def _find_or_insert(
        self, values: dict[str, Any], replays: HandoffRecord | None
    ) -> HandoffRecord:
        handoff_id, thread = values["id"], values["thread"]
        async with self._engine.begin() as connection:
            if found := await find_record(connection, handoff.c.thread == thread, IS_OPEN):
                return found
            attempt = await next_attempt(connection, thread)
            await connection.execute(insert(handoff).values({**values, "attempt": attempt}))
            await note_change(connection, handoff_id, HandoffState.REQUESTED)
            if replays:
                told = f"asked for again as {handoff_id}"
                await note_change(connection, replays.id, replays.state, told)
            return await get_record(connection, handoff_id)

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
                await find_record(connection, handoff.c.thread == record.thread, IS_OPEN)
                is not None
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
