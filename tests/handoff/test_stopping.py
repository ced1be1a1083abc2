"""A process that is told to stop lets callers finish, for as long as it may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from tests.handoff.customers import ASKS_HOURS, HOURS, Caller, Centre
from tests.handoff.replicas import Replica, replicas_of
from tests.handoff.world import World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    async with running_world() as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def stopping(
    request: pytest.FixtureRequest, world: World, tmp_path: Path
) -> AsyncIterator[tuple[Replica, Caller]]:
    """A process with so many seconds left for calls, and a caller it talks with."""
    url = f"sqlite:///{tmp_path}/agent.db"
    engine = connect(url)
    environment = {**world.environment(url), "AGENT_DRAIN_SECONDS": str(request.param)}
    async with replicas_of(world.twilio, environment) as replicas:
        replica = await replicas.start()
        replicas.receive(replica)
        caller = await Centre(world.twilio, world.driver, HandoffStore(engine)).call()
        replica.process.terminate()
        yield replica, caller
    await engine.dispose()


@pytest.mark.parametrize("stopping", [60], indirect=True)
async def test_caller_is_answered_until_they_hang_up(
    world: World, stopping: tuple[Replica, Caller]
) -> None:
    replica, caller = stopping

    async def is_not_ready() -> bool | None:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{replica.port}/readyz")
        return True if answer.status_code == 503 else None

    await world.driver.until(is_not_ready, "the process to stop being ready", poll_seconds=0.05)
    await caller.send(ASKS_HOURS)
    await caller.hears(HOURS)
    await caller.phone.hang_up()

    await replica.ends()


@pytest.mark.parametrize("stopping", [0.5], indirect=True)
async def test_call_that_lasts_longer_breaks_off(stopping: tuple[Replica, Caller]) -> None:
    replica, _caller = stopping

    await replica.ends()
