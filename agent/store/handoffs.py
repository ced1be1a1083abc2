"""Handoff records in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, Select, bindparam, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from agent.errors import HandoffError
from agent.handoff.payload import PAYLOAD_VERSION, HandoffPayload
from agent.handoff.reasons import FailureReason
from agent.handoff.record import HOLDING, UNDER_WAY, WAITING, Change, HandoffRecord, HandoffState
from agent.store.tables import as_utc, handoff, handoff_change

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


def _newest(*conditions: Any) -> Select[Any]:
    return select(handoff).where(*conditions).order_by(handoff.c.attempt.desc()).limit(1)


_LATEST = _newest(handoff.c.thread == bindparam("of"))
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
            "requested_at": _now(),
            "replay_of": replays.id if replays else "",
        }
        for _attempt in range(3):
            try:
                async with self._engine.begin() as connection:
                    if found := await _find(connection, handoff.c.thread == thread, _OPEN):
                        return found
                    values["attempt"] = await _next_attempt(connection, thread)
                    await connection.execute(insert(handoff).values(values))
                    await _note(connection, payload.handoff_id, HandoffState.REQUESTED)
                    if replays:
                        told = f"asked for again as {payload.handoff_id}"
                        await _note(connection, replays.id, replays.state, told)
                    record = await _get(connection, payload.handoff_id)
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
                    changed = {**await _reopened(connection, record), **changed}
                await _change(connection, record, changed)
                await _note(connection, record.id, state, detail)
                moved = await _get(connection, record.id)
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
            return await _find(connection, handoff.c.thread == record.thread, _OPEN) is not None

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
            return await _find(connection, handoff.c.id == handoff_id)

    async def get_replay(self, handoff_id: str) -> HandoffRecord | None:
        """The record that asks again for this one."""
        async with self._engine.connect() as connection:
            return await _find(connection, handoff.c.replay_of == handoff_id)

    async def latest(self, thread: str) -> HandoffRecord | None:
        """The thread's newest record."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_LATEST, {"of": thread})).mappings().first()
            return await _with_changes(connection, row)

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
        is_old = handoff.c.requested_at < _now() - timedelta(seconds=seconds)
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
        since = _now() - timedelta(seconds=seconds)
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
            handoff.c.requested_at < _now() - timedelta(seconds=seconds),
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings()
            found = [_to_record(row, []) for row in rows]
        return [record for record in found if record.is_for_now]

    async def without_task(self, *, seconds: float, at_most: float) -> list[HandoffRecord]:
        """Messaging handoffs that Studio took and nobody has told of a task, asked for at least
        `seconds` and `at_most` so many ago."""
        query = select(handoff).where(
            handoff.c.state == HandoffState.DELIVERED.value,
            handoff.c.channel != "VOICE",
            handoff.c.task_sid == "",
            handoff.c.requested_at < _now() - timedelta(seconds=seconds),
            handoff.c.requested_at > _now() - timedelta(seconds=at_most),
        )
        async with self._engine.connect() as connection:
            return [_to_record(row, []) for row in (await connection.execute(query)).mappings()]

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
            since = _now() - without_human_for
            waits = _UNHELD & (handoff.c.requested_at < since)
            is_left = _ENDED & _IS_NEWEST & (since > _LAST_CHANGE_AT)
            query = query.where(waits | is_left if is_silent_after_human else waits)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
            changes = await _changes_of(connection, [row["id"] for row in rows])
        return [_to_record(row, changes[row["id"]]) for row in rows]


async def _find(connection: AsyncConnection, *conditions: Any) -> HandoffRecord | None:
    row = (await connection.execute(_newest(*conditions))).mappings().first()
    return await _with_changes(connection, row)


async def _with_changes(
    connection: AsyncConnection, row: RowMapping | None
) -> HandoffRecord | None:
    if row is None:
        return None
    changes = await _changes_of(connection, [row["id"]])
    return _to_record(row, changes[row["id"]])


async def _changes_of(
    connection: AsyncConnection, handoff_ids: Sequence[str]
) -> defaultdict[str, list[Change]]:
    query = select(handoff_change).where(handoff_change.c.handoff_id.in_(handoff_ids))
    changes = defaultdict[str, list[Change]](list)
    for row in (await connection.execute(query.order_by(handoff_change.c.id))).mappings():
        changes[row["handoff_id"]].append(_to_change(row))
    return changes


async def _get(connection: AsyncConnection, handoff_id: str) -> HandoffRecord:
    record = await _find(connection, handoff.c.id == handoff_id)
    if record is None:
        raise HandoffError(f"There is no handoff {handoff_id}")
    return record


async def _change(
    connection: AsyncConnection, record: HandoffRecord, columns: dict[str, Any]
) -> None:
    result = await connection.execute(
        update(handoff)
        .where(handoff.c.id == record.id, handoff.c.state == record.state.value)
        .values(columns)
    )
    if result.rowcount != 1:
        raise HandoffError(f"Handoff {record.id} is no longer {record.state}")


async def _reopened(connection: AsyncConnection, record: HandoffRecord) -> dict[str, Any]:
    """What is different in a closed record that holds the conversation again."""
    next_attempt = await _next_attempt(connection, record.thread)
    attempt = record.attempt if record.attempt + 1 == next_attempt else next_attempt
    return {"failure": "", "detail": "", "attempt": attempt}


async def _next_attempt(connection: AsyncConnection, thread: str) -> int:
    query = select(func.max(handoff.c.attempt)).where(handoff.c.thread == thread)
    return ((await connection.execute(query)).scalar() or 0) + 1


async def _note(
    connection: AsyncConnection, handoff_id: str, state: HandoffState, detail: str = ""
) -> None:
    values = {"handoff_id": handoff_id, "state": state.value, "at": _now(), "detail": detail}
    await connection.execute(insert(handoff_change).values(values))


def _to_record(row: RowMapping, changes: list[Change]) -> HandoffRecord:
    return HandoffRecord(
        id=row["id"],
        thread=row["thread"],
        channel=row["channel"],
        attempt=row["attempt"],
        customer_address=row["customer_address"],
        agent_address=row["agent_address"],
        payload=HandoffPayload.model_validate(row["payload"]),
        state=HandoffState(row["state"]),
        requested_at=as_utc(row["requested_at"]),
        execution_sid=row["execution_sid"],
        task_sid=row["task_sid"],
        failure=row["failure"],
        next_step=row["next_step"],
        detail=row["detail"],
        replay_of=row["replay_of"],
        worker_name=row["worker_name"],
        wrap_up_note=row["wrap_up_note"],
        changes=changes,
    )


def _to_change(row: RowMapping) -> Change:
    return Change(HandoffState(row["state"]), as_utc(row["at"]), row["detail"])


def _now() -> datetime:
    return datetime.now(UTC)
