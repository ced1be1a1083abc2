"""A message is claimed once, whoever shares the database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.database import connect
from agent.store.message_claims import MessageClaims
from agent.store.retention import Retention
from agent.store.tables import message_claim

NAMES = [f"conv_communication_{number}" for number in range(20)]


async def test_two_processes_share_the_messages(engine: AsyncEngine, database_url: str) -> None:
    other = connect(database_url)

    both = await asyncio.gather(*(MessageClaims(one).take(NAMES) for one in (engine, other)))
    await other.dispose()

    assert sorted([*both[0], *both[1]]) == sorted(NAMES)


async def test_claimed_message_stays_claimed(engine: AsyncEngine) -> None:
    claims = MessageClaims(engine)

    assert await claims.take(NAMES[:2]) == set(NAMES[:2])
    assert await claims.take(NAMES[1:3]) == {NAMES[2]}
    assert await claims.take(NAMES[:3]) == set()


@pytest.mark.parametrize(("hours", "deleted"), [(7, 2), (5, 0)])
async def test_old_claims_are_deleted(engine: AsyncEngine, hours: int, deleted: int) -> None:
    await MessageClaims(engine).take(NAMES[:2])
    async with engine.begin() as connection:
        then = datetime.now(UTC) - timedelta(hours=hours)
        await connection.execute(update(message_claim).values(claimed_at=then))

    assert await Retention(engine, None).delete_message_claims() == deleted
