"""Rows of handoffs and of their changes, within a transaction of whoever asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.errors import HandoffError
from agent.handoff.payload import HandoffPayload
from agent.handoff.record import HOLDING, Change, HandoffRecord, HandoffState
from agent.store.tables import as_utc, handoff, handoff_change

IS_OPEN = handoff.c.state.in_([state.value for state in HOLDING])


def newest(*conditions: Any) -> Select[Any]:
    """The newest record of those that meet the conditions."""
    return select(handoff).where(*conditions).order_by(handoff.c.attempt.desc()).limit(1)


async def find_record(connection: AsyncConnection, *conditions: Any) -> HandoffRecord | None:
    """The newest record of those that meet the conditions, if there is one."""
    row = (await connection.execute(newest(*conditions))).mappings().first()
    return await with_changes(connection, row)


async def with_changes(connection: AsyncConnection, row: RowMapping | None) -> HandoffRecord | None:
    """The record of a row, with its changes."""
    if row is None:
        return None
    changes = await changes_of(connection, [row["id"]])
    return to_record(row, changes[row["id"]])


async def changes_of(
    connection: AsyncConnection, handoff_ids: Sequence[str]
) -> defaultdict[str, list[Change]]:
    """The changes of each record, oldest first."""
    query = select(handoff_change).where(handoff_change.c.handoff_id.in_(handoff_ids))
    changes = defaultdict[str, list[Change]](list)
    for row in (await connection.execute(query.order_by(handoff_change.c.id))).mappings():
        changes[row["handoff_id"]].append(_to_change(row))
    return changes


async def get_record(connection: AsyncConnection, handoff_id: str) -> HandoffRecord:
    """Raises HandoffError when there is no such record."""
    record = await find_record(connection, handoff.c.id == handoff_id)
    if record is None:
        raise HandoffError(f"There is no handoff {handoff_id}")
    return record


async def change_record(
    connection: AsyncConnection, record: HandoffRecord, columns: dict[str, Any]
) -> None:
    """Raises HandoffError when the record has moved meanwhile."""
    result = await connection.execute(
        update(handoff)
        .where(handoff.c.id == record.id, handoff.c.state == record.state.value)
        .values(columns)
    )
    if result.rowcount != 1:
        raise HandoffError(f"Handoff {record.id} is no longer {record.state}")


async def reopened(connection: AsyncConnection, record: HandoffRecord) -> dict[str, Any]:
    """What is different in a closed record that holds the conversation again."""
    following = await next_attempt(connection, record.thread)
    attempt = record.attempt if record.attempt + 1 == following else following
    return {"failure": "", "detail": "", "attempt": attempt}


async def next_attempt(connection: AsyncConnection, thread: str) -> int:
    """The number of the thread's next handoff, from 1."""
    query = select(func.max(handoff.c.attempt)).where(handoff.c.thread == thread)
    return ((await connection.execute(query)).scalar() or 0) + 1


async def note_change(
    connection: AsyncConnection, handoff_id: str, state: HandoffState, detail: str = ""
) -> None:
    """Note that a record came into this state, now."""
    values = {"handoff_id": handoff_id, "state": state.value, "at": utc_now(), "detail": detail}
    await connection.execute(insert(handoff_change).values(values))


def to_record(row: RowMapping, changes: list[Change]) -> HandoffRecord:
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


def utc_now() -> datetime:
    return datetime.now(UTC)
