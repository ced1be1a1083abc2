"""A message is claimed once, whoever shares the database, and kept until it was answered."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.database import connect
from agent.store.message_claims import MessageClaims
from agent.store.replicas import Replicas
from agent.store.retention import Retention
from agent.store.tables import message_claim

NAMES = [f"conv_communication_{number}" for number in range(20)]
TALK = "conv_conversation_1"


def notes(names: list[str]) -> dict[str, dict[str, Any] | None]:
    return dict.fromkeys(names)


def messages(names: list[str], conversation: str = TALK) -> dict[str, dict[str, Any] | None]:
    return {name: {"data": {"id": name, "conversationId": conversation}} for name in names}


async def process(engine: AsyncEngine) -> MessageClaims:
    """One more that is alive."""
    replicas = Replicas(engine, silent_seconds=60)
    await replicas.beat()
    return MessageClaims(engine, replicas)


def of_the_dead(engine: AsyncEngine) -> MessageClaims:
    return MessageClaims(engine, Replicas(engine, silent_seconds=60))


async def make_old(engine: AsyncEngine, **age: float) -> None:
    async with engine.begin() as connection:
        then = datetime.now(UTC) - timedelta(**age)
        await connection.execute(update(message_claim).values(claimed_at=then))


@pytest.mark.parametrize("make", [notes, messages])
async def test_two_processes_share_the_messages(
    engine: AsyncEngine, database_url: str, make: Any
) -> None:
    other = connect(database_url)

    claims = of_the_dead(engine), of_the_dead(other)
    both = await asyncio.gather(*(one.take(make(NAMES)) for one in claims))
    await other.dispose()

    assert sorted([*both[0].names, *both[1].names]) == sorted(NAMES)


async def test_claimed_message_stays_claimed(engine: AsyncEngine) -> None:
    claims = of_the_dead(engine)

    assert (await claims.take(messages(NAMES[:2]))).names == set(NAMES[:2])
    assert (await claims.take(messages(NAMES[1:3]))).names == {NAMES[2]}
    assert (await claims.take(notes(NAMES[:3]))).names == set()


async def test_one_of_two_survivors_gets_each_message_in_order(
    engine: AsyncEngine, database_url: str
) -> None:
    other = connect(database_url)
    await of_the_dead(engine).take(messages(NAMES[:15]))
    await of_the_dead(engine).take(messages(NAMES[15:]))

    survivors = await process(engine), await process(other)
    both = await asyncio.gather(*(one.take_over() for one in survivors))
    await other.dispose()

    taken = [[one.name for one in survivor.messages] for survivor in both]
    assert sorted(taken[0] + taken[1]) == sorted(NAMES)
    assert all(names == [name for name in NAMES if name in names] for names in taken)
    everything = [*both[0].messages, *both[1].messages]
    assert {(one.event["data"]["id"], one.takeovers) for one in everything} == {
        (name, 1) for name in NAMES
    }


async def _have_answered(engine: AsyncEngine) -> None:
    claims = of_the_dead(engine)
    await claims.take(messages(NAMES))
    await claims.note_answered(NAMES)


async def _have_in_hand(engine: AsyncEngine) -> None:
    await (await process(engine)).take(messages(NAMES))


async def _have_no_messages(engine: AsyncEngine) -> None:
    await of_the_dead(engine).take(notes(NAMES))


@pytest.mark.parametrize("have", [_have_answered, _have_in_hand, _have_no_messages])
async def test_nothing_else_is_taken_over(engine: AsyncEngine, have: Any) -> None:
    await have(engine)

    assert (await (await process(engine)).take_over()).messages == ()


async def test_message_is_taken_over_as_often_as_processes_end(engine: AsyncEngine) -> None:
    await of_the_dead(engine).take(messages(NAMES[:1]))
    for takeovers in (1, 2):
        replicas = Replicas(engine, silent_seconds=60)
        await replicas.beat()
        (one,) = (await MessageClaims(engine, replicas).take_over()).messages
        assert one.takeovers == takeovers
        await replicas.leave()


async def test_what_was_answered_is_kept_no_longer(engine: AsyncEngine) -> None:
    claims = of_the_dead(engine)
    await claims.take(messages(NAMES[:2]))

    await claims.note_answered(NAMES[:1])

    async with engine.connect() as connection:
        query = select(message_claim.c.event).order_by(message_claim.c.name)
        kept = [*(await connection.execute(query)).scalars()]
    assert kept == [None, messages(NAMES[1:2])[NAMES[1]]]


@pytest.mark.parametrize(("hours", "deleted"), [(7, 2), (5, 0)])
async def test_old_claims_are_deleted_once_answered(
    engine: AsyncEngine, hours: int, deleted: int
) -> None:
    claims = of_the_dead(engine)
    await claims.take(messages(NAMES[:3]))
    await claims.note_answered(NAMES[:2])
    await make_old(engine, hours=hours)

    assert await Retention(engine, None).delete_claims() == deleted


@pytest.mark.parametrize(("days", "deleted"), [(3, 1), (1, 0)])
async def test_unanswered_ones_are_deleted_with_all_else(
    engine: AsyncEngine, days: int, deleted: int
) -> None:
    await of_the_dead(engine).take(messages(NAMES[:1]))
    await make_old(engine, days=days)

    assert await Retention(engine, None).delete_batch(days=2) == deleted
