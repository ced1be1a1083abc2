"""The messages of a conversation are one process's, whichever they reach."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.database import connect
from agent.store.message_claims import MessageClaims
from agent.store.replicas import Replicas
from agent.store.retention import Retention
from agent.store.tables import conversation_claim

TALK = "conv_conversation_1"
SILENT_SECONDS = 60


class Process(NamedTuple):
    claims: MessageClaims
    replicas: Replicas

    async def take(self, *names: str, conversation: str = TALK) -> list[str]:
        """Which of these messages that reached it are its own to deal with, so far."""
        return sorted((await self.claims.take(messages(names, conversation))).names)

    async def is_passed(self) -> list[str]:
        return [event["data"]["id"] for event in await self.claims.passed_here()]

    async def take_over(self) -> list[str]:
        return [one.name for one in (await self.claims.take_over()).messages]


def messages(names: tuple[str, ...], conversation: str) -> dict[str, dict[str, Any] | None]:
    return {name: {"data": {"id": name, "conversationId": conversation}} for name in names}


async def process(engine: AsyncEngine) -> Process:
    replicas = Replicas(engine, silent_seconds=SILENT_SECONDS)
    await replicas.beat()
    return Process(MessageClaims(engine, replicas), replicas)


@pytest_asyncio.fixture
async def one(engine: AsyncEngine) -> Process:
    return await process(engine)


@pytest_asyncio.fixture
async def other(database_url: str) -> AsyncIterator[Process]:
    engine = connect(database_url)
    yield await process(engine)
    await engine.dispose()


async def test_message_is_passed_to_who_has_the_conversation(one: Process, other: Process) -> None:
    assert await one.take("first") == ["first"]
    assert await other.take("second", "third") == []

    assert await one.is_passed() == ["second", "third"]
    assert await one.is_passed() == []
    assert await other.is_passed() == []


async def test_other_conversations_are_anybodys(one: Process, other: Process) -> None:
    await one.take("first")

    assert await other.take("second", conversation="conv_conversation_2") == ["second"]


async def test_burst_that_reaches_two_at_once_is_one_process_s(
    one: Process, other: Process
) -> None:
    names = [f"message {number}" for number in range(8)]

    taken = await asyncio.gather(*((one, other)[n % 2].take(name) for n, name in enumerate(names)))

    passed = [await one.is_passed(), await other.is_passed()]
    first, second = [sorted(sum(taken[number::2], start=passed[number])) for number in range(2)]
    assert sorted([first, second]) == [[], names]


async def test_message_that_was_passed_and_repeated_comes_once(
    one: Process, other: Process
) -> None:
    await one.take("first")
    await other.take("second")

    assert await one.take("second") == []
    assert await one.is_passed() == ["second"]


async def test_conversation_of_a_process_that_is_gone_moves(one: Process, other: Process) -> None:
    await other.take("first")
    await other.claims.note_answered(["first"])
    await other.replicas.leave()

    claimed = await one.claims.take(messages(("second",), TALK))

    assert (claimed.names, claimed.moved) == ({"second"}, {TALK})
    assert (await one.claims.take(messages(("third",), TALK))).moved == ()


async def test_what_is_left_behind_is_taken_over_with_its_conversation(
    one: Process, other: Process, engine: AsyncEngine
) -> None:
    await other.take("first")
    await other.replicas.leave()
    third = await process(engine)

    assert (await one.claims.take_over()).moved == {TALK}
    assert await third.take("second") == []
    assert await one.is_passed() == ["second"]


async def test_what_is_left_behind_goes_to_who_has_the_conversation_by_then(
    one: Process, other: Process, engine: AsyncEngine
) -> None:
    await other.take("first")
    await other.replicas.leave()
    third = await process(engine)
    await third.take("second")

    assert await one.take_over() == []
    assert await third.take_over() == ["first"]


async def test_message_passed_to_a_process_that_dies_is_taken_over_once(
    one: Process, other: Process
) -> None:
    await other.take("first")
    await one.take("second")
    await other.replicas.leave()

    assert await one.take_over() == ["first", "second"]
    assert await one.is_passed() == []


async def test_process_that_was_taken_for_dead_asks_again(
    one: Process, other: Process, engine: AsyncEngine
) -> None:
    await one.take("first")
    await one.claims.note_answered(["first"])
    await one.replicas.leave()
    await other.take("second")

    await one.replicas.beat()

    assert await one.take("third") == []
    assert await other.is_passed() == ["third"]


@pytest.mark.parametrize(("days", "deleted"), [(3, 1), (1, 0)])
async def test_conversations_that_nobody_remembers_are_deleted(
    one: Process, engine: AsyncEngine, days: int, deleted: int
) -> None:
    await one.take("first")
    async with engine.begin() as connection:
        then = datetime.now(UTC) - timedelta(days=days)
        await connection.execute(update(conversation_claim).values(claimed_at=then))

    assert await Retention(engine, None).delete_claims() == deleted


async def test_process_knows_whether_it_is_alone(one: Process, other: Process) -> None:
    await one.replicas.beat()
    assert not one.replicas.is_alone

    await other.replicas.leave()
    await one.replicas.beat()
    assert one.replicas.is_alone
