"""Retention: what is closed goes when its time is over, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.handoff.record import HOLDING, HandoffState
from agent.store.handoff_search import HandoffSearch
from agent.store.handoffs import HandoffStore
from agent.store.retention import Retention
from agent.store.tables import handoff, handoff_change
from tests.agent.store.test_handoffs import claim

DAYS = 30


async def put(engine: AsyncEngine, state: HandoffState, *, asked: int, changed: int) -> str:
    """A handoff asked for and last changed so many days ago."""
    record = await claim(HandoffStore(engine), f"CH_{state}_{asked}_{changed}")
    now = datetime.now(UTC)
    async with engine.begin() as connection:
        await connection.execute(
            update(handoff)
            .where(handoff.c.id == record.id)
            .values(state=state.value, requested_at=now - timedelta(days=asked))
        )
        await connection.execute(
            update(handoff_change)
            .where(handoff_change.c.handoff_id == record.id)
            .values(at=now - timedelta(days=changed))
        )
    return record.id


async def delete_all(engine: AsyncEngine) -> int:
    retention, total = Retention(engine, None), 0
    while deleted := await retention.delete_batch(days=DAYS):
        total += deleted
    return total


@pytest.mark.parametrize("state", HandoffState)
async def test_only_what_is_closed_for_long_is_deleted(
    engine: AsyncEngine, state: HandoffState
) -> None:
    await put(engine, state, asked=DAYS + 2, changed=DAYS + 1)
    lately = await put(engine, state, asked=DAYS + 2, changed=DAYS - 1)
    counted = await Retention(engine, None).count(days=DAYS)

    deleted = await delete_all(engine)

    left = [record.id for record in await HandoffSearch(engine).list()]
    assert deleted == counted == (0 if state in HOLDING else 1)
    assert lately in left
    assert len(left) == 2 - deleted
    async with engine.connect() as connection:
        changes = select(func.count()).select_from(handoff_change)
        assert (await connection.execute(changes)).scalar_one() == 2 - deleted


async def test_batches_are_bounded(engine: AsyncEngine) -> None:
    for day in range(3):
        await put(engine, HandoffState.RETURNED, asked=DAYS + 9, changed=DAYS + 1 + day)
    retention = Retention(engine, None, batch=2)

    assert [await retention.delete_batch(days=DAYS) for _ in range(3)] == [2, 1, 0]
