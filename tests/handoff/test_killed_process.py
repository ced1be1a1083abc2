"""`kill -9` at every step of a handoff: another process brings it to its end, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from agent.handoff.record import HandoffState
from agent.settings import derive_flow_secret
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.demo_model.app import create_demo_model
from getting_started.serving import listen, serving, url_of
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.seed import seed
from getting_started.twilio_emulator.twilio import Twilio
from tests.databases import KINDS, database_of
from tests.handoff.customers import WISH, Caller, Centre, check_promises, let_take_many
from tests.handoff.faults import ACTIONS, CONTEXTS, EXECUTIONS, INACTIVE, LOOKS
from tests.handoff.replicas import Replicas, replicas_of
from tests.live_environment import PUBLIC_URL

pytestmark = pytest.mark.asyncio(loop_scope="module")
HANGS = {"delay": 60, "drop": "before", "times": 1}
STEPS = {
    "goodbye being sent": [{**ACTIONS, **HANGS}],
    "flow being asked for": [{**EXECUTIONS, **HANGS}],
    "flow started, answer on its way": [
        {**EXECUTIONS, "drop": "after", "times": 1},
        {**LOOKS, **HANGS},
    ],
    "flow being looked for": [
        {**EXECUTIONS, "drop": "after", "times": 1},
        {**CONTEXTS, **HANGS},
    ],
    "INACTIVE being set": [{**INACTIVE, **HANGS}],
}


class World:
    """Twilio and the model; the agent's processes are started by each test."""

    def __init__(self, twilio: Twilio, driver: Driver, model_url: str) -> None:
        self.twilio = twilio
        self.driver = driver
        self.model_url = model_url
        self._account = seed(twilio, PUBLIC_URL)
        let_take_many(twilio)

    def environment(self, database_url: str) -> dict[str, str]:
        return {
            **self._account,
            "OPENAI_BASE_URL": f"{self.model_url}/v1",
            "AGENT_DATABASE_URL": database_url,
            "AGENT_TAKEOVER_SECONDS": "1",
            "AGENT_TWILIO_SECONDS": "30",
            "TWILIO_LOG_LEVEL": "ERROR",
        }

    async def hang_model(self, *, after: int) -> None:
        """Its answers hang from the one after so many on."""
        async with httpx.AsyncClient(base_url=self.model_url) as client:
            for fault in [{"times": after}, {"delay": 60, "times": 1}]:
                (await client.post("/_demo/faults", json=fault)).raise_for_status()


Moment = Callable[[World, Caller], Awaitable[None]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    listener = listen()
    twilio = Twilio(url_of(listener))
    async with (
        serving(create_emulator(twilio), listener),
        serving(create_demo_model(token_seconds=0.02), listen()) as model_url,
        Driver(twilio.base_url) as driver,
    ):
        yield World(twilio, driver, model_url)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return database_of(request.param, request, tmp_path)


@pytest_asyncio.fixture(loop_scope="module")
async def replicas(world: World, database_url: str) -> AsyncIterator[Replicas]:
    async with replicas_of(world.twilio, world.environment(database_url)) as replicas:
        yield replicas
    world.twilio.faults.clear()


@pytest_asyncio.fixture(loop_scope="module")
async def centre(world: World, database_url: str) -> AsyncIterator[Centre]:
    engine = connect(database_url)
    yield Centre(world.twilio, world.driver, HandoffStore(engine))
    await engine.dispose()


@pytest.mark.parametrize("others", [0, 1], ids=["started again", "another takes over"])
@pytest.mark.parametrize("step", STEPS)
async def test_chat_outlives_its_process(
    centre: Centre, replicas: Replicas, step: str, others: int
) -> None:
    first, *survivors = await asyncio.gather(*(replicas.start() for _ in range(1 + others)))
    replicas.receive(first)
    customer = await centre.chat()
    for fault in STEPS[step]:
        await centre.driver.fail(**fault)

    await customer.send(WISH)
    await _wait_until_used_up(centre)
    await first.kill()
    replicas.receive(survivors[0] if survivors else await replicas.start())
    await check_promises(customer)

    assert await customer.executions() == 1
    assert len(await customer.tasks()) == 1


async def before_the_goodbye(world: World, caller: Caller) -> None:
    await world.hang_model(after=1)
    await caller.send(WISH)
    await caller.wait_for(HandoffState.REQUESTED)


async def in_the_goodbye(world: World, caller: Caller) -> None:
    since = await world.driver.journal.last_number()
    await caller.send(WISH)
    await world.driver.journal.wait_for("frame", is_from_us, since=since)


async def after_the_end(world: World, caller: Caller) -> None:
    since = await world.driver.journal.last_number()
    await caller.send(WISH)
    await world.driver.journal.wait_for(
        "frame", lambda frame: is_from_us(frame) and frame["frame"]["type"] == "end", since=since
    )


def is_from_us(frame: dict[str, Any]) -> bool:
    return bool(frame["direction"] == "from_app")


@pytest.mark.parametrize("moment", [before_the_goodbye, in_the_goodbye, after_the_end])
async def test_call_outlives_its_process(
    world: World, centre: Centre, replicas: Replicas, moment: Moment
) -> None:
    first, second = await asyncio.gather(replicas.start(), replicas.start())
    replicas.receive(first)
    caller = await centre.call()

    await moment(world, caller)
    replicas.receive(second)
    await first.kill()
    task = await caller.waiting_task()
    await check_promises(caller)
    record = await caller.record()

    assert record
    assert task.attributes["reason"] == record.payload.attributes.reason


async def test_caller_whose_only_process_dies_reaches_a_person(
    world: World, centre: Centre, replicas: Replicas
) -> None:
    """The flow brings them there on its own; the next process knows it from TaskRouter."""
    only = await replicas.start()
    replicas.receive(only)
    caller = await centre.call()

    await before_the_goodbye(world, caller)
    await only.kill()
    task = await caller.waiting_task()
    replicas.receive(await replicas.start())
    await centre.driver.flex.accept(task.task_sid)
    record = await caller.wait_for(HandoffState.ACCEPTED)
    await check_promises(caller)

    assert record.task_sid == task.task_sid
    assert task.attributes["reason"] == "virtual agent unavailable"
    alerts = str([one.detail for one in await centre.driver.journal.read(kind="alert")])
    assert "studio:***@" in alerts
    assert derive_flow_secret(centre.twilio.account.auth_token) not in alerts


async def _wait_until_used_up(centre: Centre) -> None:
    """Until the request that hangs is under way."""

    async def find() -> bool | None:
        return None if centre.twilio.faults.rules else True

    await centre.driver.until(find, "the step to be reached")
