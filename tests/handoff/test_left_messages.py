"""A process ends between a message and its answer: another one answers it, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.handoff.record import HandoffState
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from agent.store.tables import message_claim
from tests.databases import database_of
from tests.handoff.customers import (
    ASKS_HOURS,
    HOURS,
    WISH,
    Centre,
    ChatCustomer,
    check_promises,
)
from tests.handoff.mortal import Death, DeathOnceAnswered
from tests.handoff.replicas import Replica, Replicas, replicas_of
from tests.handoff.world import World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASKS_ORDER = "And where is my order 1042?"
ORDER = "Northwind Parcel"
PATIENT = {"AGENT_FIRST_TOKEN_SECONDS": "60", "AGENT_TURN_SECONDS": "60"}


@dataclass
class Site:
    """Customers, and the processes that answer them from one database."""

    world: World
    replicas: Replicas
    engine: AsyncEngine
    centre: Centre
    is_alone: bool

    async def begin(self, death: Death | None = None) -> Replica:
        """The process that ends, with another beside it unless it `is_alone`."""
        first = await self.replicas.start(death)
        self._survivor = None if self.is_alone else await self.replicas.start()
        self.replicas.receive(first)
        return first

    async def go_on(self) -> None:
        self.replicas.receive(self._survivor or await self.replicas.start())

    async def send(self, customer: ChatCustomer, text: str) -> None:
        """Until that is acknowledged."""
        journal = self.world.driver.journal
        since = await journal.last_number()

        def is_it(webhook: dict[str, Any]) -> bool:
            return text in str(webhook.get("body")) and webhook.get("status") == 200

        await customer.send(text)
        await journal.wait_for("webhook", is_it, since=since)

    async def settle(self) -> None:
        """Until nothing is left to be answered."""
        is_open = select(func.count()).where(message_claim.c.event.is_not(None))

        async def find() -> bool | None:
            async with self.engine.connect() as connection:
                return None if (await connection.execute(is_open)).scalar_one() else True

        await self.world.driver.until(find, "all messages to be answered", poll_seconds=0.1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    async with running_world() as world:
        yield world


@asynccontextmanager
async def site_on(world: World, url: str, *, is_alone: bool) -> AsyncIterator[Site]:
    engine = connect(url)
    centre = Centre(world.twilio, world.driver, HandoffStore(engine))
    async with replicas_of(world.twilio, {**world.environment(url), **PATIENT}) as replicas:
        yield Site(world, replicas, engine, centre, is_alone)
    await world.clear_faults()
    await engine.dispose()


@pytest_asyncio.fixture(loop_scope="module")
async def lonely_site(world: World, tmp_path: Path) -> AsyncIterator[Site]:
    async with site_on(world, f"sqlite:///{tmp_path}/agent.db", is_alone=True) as site:
        yield site


@pytest_asyncio.fixture(
    loop_scope="module",
    params=["sqlite", "postgres"],
    ids=["started again", "another takes over"],
)
async def site(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> AsyncIterator[Site]:
    """One process on SQLite, or two on Postgres."""
    url = database_of(request.param, request, tmp_path)
    async with site_on(world, url, is_alone=request.param == "sqlite") as site:
        yield site


async def once_acknowledged(site: Site, customer: ChatCustomer, first: Replica) -> None:
    await site.send(customer, ASKS_HOURS)
    await first.kill()


async def while_the_model_writes(site: Site, customer: ChatCustomer, first: Replica) -> None:
    await site.world.hang_model(after=0)
    await customer.send(ASKS_HOURS)
    await site.world.wait_until_hanging()
    await first.kill()


async def once_answered(_site: Site, customer: ChatCustomer, first: Replica) -> None:
    await customer.send(ASKS_HOURS)
    await first.dies()


@pytest.mark.parametrize(
    ("end", "death"),
    [
        (once_acknowledged, None),
        (while_the_model_writes, None),
        (once_answered, DeathOnceAnswered()),
    ],
)
async def test_message_outlives_its_process(
    site: Site,
    end: Callable[[Site, ChatCustomer, Replica], Awaitable[None]],
    death: Death | None,
) -> None:
    first = await site.begin(death)
    customer = await site.centre.stranger()

    await end(site, customer, first)
    await site.go_on()
    await customer.hears(HOURS)
    await site.settle()
    await customer.say(ASKS_ORDER)

    assert [is_theirs for _text, is_theirs in await customer.words()] == [True, False] * 2


async def test_burst_left_behind_is_answered_together(lonely_site: Site) -> None:
    first = await lonely_site.begin()
    customer = await lonely_site.centre.stranger()

    await lonely_site.world.hang_model(after=0)
    await customer.send(ASKS_HOURS)
    await lonely_site.world.wait_until_hanging()
    await lonely_site.send(customer, ASKS_ORDER)
    await first.kill()
    await lonely_site.go_on()
    await customer.listen()
    await lonely_site.settle()

    assert [is_theirs for _text, is_theirs in await customer.words()] == [True, True, False]
    asked = (await lonely_site.world.model_requests())[-1]["input"]
    assert {"role": "user", "content": f"{ASKS_HOURS}\n{ASKS_ORDER}"} in asked


async def test_wish_for_a_person_is_answered_with_one(lonely_site: Site) -> None:
    first = await lonely_site.begin()
    customer = await lonely_site.centre.stranger()

    await lonely_site.world.hang_model(after=1)
    await customer.send(WISH)
    await customer.wait_for(HandoffState.REQUESTED)
    await first.kill()
    await lonely_site.go_on()
    await customer.hears("colleague")
    await lonely_site.settle()
    await check_promises(customer)

    assert [is_theirs for _text, is_theirs in await customer.words()] == [True, False]


async def test_message_that_a_stopped_process_leaves_is_answered(lonely_site: Site) -> None:
    first = await lonely_site.begin()
    customer = await lonely_site.centre.stranger()

    await lonely_site.world.hang_model(after=0)
    await customer.send(ASKS_HOURS)
    await lonely_site.world.wait_until_hanging()
    await first.stop()
    await lonely_site.go_on()
    await customer.hears(HOURS)
    await lonely_site.settle()

    assert [is_theirs for _text, is_theirs in await customer.words()] == [True, False]
