"""A conversation whose messages reach now one process and now another is talked with by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from tests.databases import database_of
from tests.handoff.customers import ASKS_HOURS, HOURS, WISH, Centre, ChatCustomer, check_promises
from tests.handoff.replicas import Replica, Replicas, replicas_of
from tests.handoff.world import World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASKS_ORDER = "And where is my order 1042?"
ORDER = "Northwind Parcel"


@dataclass
class Pair:
    """Two processes, and the customers whose messages a load balancer sends to either."""

    world: World
    replicas: Replicas
    centre: Centre
    one: Replica
    other: Replica

    async def answer(self, customer: ChatCustomer, by: Replica) -> None:
        """The customer's first question."""
        self.replicas.receive(by)
        await customer.send(ASKS_HOURS)
        await customer.hears(HOURS)

    async def model_input(self) -> list[dict[str, Any]]:
        """What the model was told last."""
        told: list[dict[str, Any]] = (await self.world.model_requests())[-1]["input"]
        return told


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    async with running_world() as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgres"])
async def pair(
    request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    url = database_of(request.param, request, tmp_path_factory.mktemp("pair"))
    engine = connect(url)
    centre = Centre(world.twilio, world.driver, HandoffStore(engine))
    async with replicas_of(world.twilio, world.environment(url)) as replicas:
        one, other = await replicas.start(), await replicas.start()
        yield Pair(world, replicas, centre, one, other)
    await engine.dispose()


async def said_before(pair: Pair) -> str:
    """Of the agent's words, what the model knew when it was asked last."""
    told = await pair.model_input()
    return "\n".join(one["content"] for one in told if one.get("role") == "assistant")


async def test_answers_know_what_was_said(pair: Pair) -> None:
    customer = await pair.centre.stranger()
    await pair.answer(customer, by=pair.one)
    pair.replicas.receive(pair.other)
    await customer.send(ASKS_ORDER)
    await customer.hears(ORDER)
    assert HOURS in await said_before(pair)

    await pair.answer(customer, by=pair.one)

    assert ORDER in await said_before(pair)
    assert [is_theirs for _text, is_theirs in await customer.words()] == [True, False] * 3


async def test_burst_is_answered_together(pair: Pair) -> None:
    customer = await pair.centre.stranger()
    pair.replicas.receive(pair.one)
    await pair.world.hang_model(after=0)
    await customer.send(ASKS_HOURS)
    await pair.world.wait_until_hanging()

    pair.replicas.receive(pair.other)
    await customer.send(ASKS_ORDER)
    await customer.listen()

    assert [is_theirs for _text, is_theirs in await customer.words()] == [True, True, False]
    asked = [one.get("content") for one in await pair.model_input() if one.get("role") == "user"]
    assert asked[-2:] == [ASKS_HOURS, ASKS_ORDER]


async def test_other_process_goes_on_where_the_one_has_died(pair: Pair) -> None:
    customer = await pair.centre.stranger()
    third = await pair.replicas.start()
    await pair.answer(customer, by=third)

    await third.kill()
    pair.replicas.receive(pair.other)
    await customer.send(ASKS_ORDER)
    await customer.hears(ORDER)

    assert HOURS in await said_before(pair)
    assert [is_theirs for _text, is_theirs in await customer.words()] == [True, False] * 2


async def test_handoff_is_asked_for_at_the_other(pair: Pair) -> None:
    customer = await pair.centre.stranger()
    await pair.answer(customer, by=pair.one)

    pair.replicas.receive(pair.other)
    await customer.send(WISH)
    await customer.waiting_task()

    await check_promises(customer)
