"""Several processes at one handoff: at once, and `kill -9` around the delivery. It ends, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.handoff.record import HandoffState
from agent.settings import derive_flow_secret
from agent.store.database import connect
from agent.store.handoff_search import HandoffSearch
from agent.store.handoffs import HandoffStore
from tests.databases import KINDS, database_of
from tests.handoff.customers import (
    ASKS_HOURS,
    GREETING,
    HOURS,
    WISH,
    Caller,
    Centre,
    ChatCustomer,
    check_promises,
)
from tests.handoff.faults import (
    ACTIONS,
)
from tests.handoff.replicas import Replicas, replicas_of
from tests.handoff.world import World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
HANGS = {"delay": 60, "drop": "before", "times": 1}
Moment = Callable[[World, Caller], Awaitable[None]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    async with running_world() as world:
        yield world


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return database_of(request.param, request, tmp_path)


@pytest_asyncio.fixture(loop_scope="module")
async def replicas(world: World, database_url: str) -> AsyncIterator[Replicas]:
    async with replicas_of(world.twilio, world.environment(database_url)) as replicas:
        yield replicas
    await world.clear_faults()


@pytest_asyncio.fixture(loop_scope="module")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = connect(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def centre(world: World, engine: AsyncEngine) -> Centre:
    return Centre(world.twilio, world.driver, HandoffStore(engine))


@pytest.mark.parametrize(
    "ids", [("one", "one"), ("one", "another")], ids=["same message", "two messages"]
)
async def test_wish_that_reaches_two_replicas_at_once_is_one_handoff(
    world: World, centre: Centre, replicas: Replicas, ids: tuple[str, str]
) -> None:
    both = await asyncio.gather(replicas.start(), replicas.start())
    replicas.receive(both[0])
    customer = await centre.chat()
    event = _event_of(customer)
    wish = {**event["data"], "content": {"type": "TEXT", "text": WISH}}
    asked_before = len(await world.model_requests())

    await world.slow_model(times=len(set(ids)))
    answers = await asyncio.gather(
        *(
            replicas.deliver(one, {**event, "data": {**wish, "id": f"{customer.thread} {name}"}})
            for one, name in zip(both, ids, strict=True)
        )
    )
    await customer.wait_for(HandoffState.QUEUED)
    await check_promises(customer)

    asked = (await world.model_requests())[asked_before:]
    assert answers == [200, 200]
    assert 1 <= sum(_is_wish(one["input"][-1]) for one in asked) <= len(set(ids))
    assert await customer.executions() == 1
    assert len(await customer.tasks()) == 1


@pytest.mark.parametrize("others", [0, 1], ids=["started again", "another takes over"])
async def test_chat_outlives_its_process_that_said_goodbye(
    centre: Centre, replicas: Replicas, others: int
) -> None:
    first, *survivors = await asyncio.gather(*(replicas.start() for _ in range(1 + others)))
    replicas.receive(first)
    customer = await centre.chat()
    await centre.driver.fail(**ACTIONS, **HANGS)

    await customer.send(WISH)
    await _wait_until_used_up(centre)
    await first.kill()
    replicas.receive(survivors[0] if survivors else await replicas.start())
    await check_promises(customer)

    assert await customer.executions() == 1
    assert len(await customer.tasks()) == 1


async def test_message_repeated_to_other_processes_is_answered_once(
    world: World, centre: Centre, replicas: Replicas
) -> None:
    first, second = await asyncio.gather(replicas.start(), replicas.start())
    replicas.receive(first)
    customer = await centre.chat()
    event = _event_of(customer)
    await first.kill()
    third = await replicas.start()
    asked_before = len(await world.model_requests())

    for replica in (second, third):
        assert await replicas.deliver(replica, event) == 200
        replicas.receive(replica)
        await customer.send(ASKS_HOURS)
        await customer.hears(HOURS)

    asked = (await world.model_requests())[asked_before:]
    assert not any(_newest_words(one) == GREETING for one in asked)
    assert all(GREETING in str(one["input"]) for one in asked)  # as what was said before
    assert [is_theirs for _text, is_theirs in await customer.words()] == [True, False] * 3


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

    replicas.receive(second)  # what Twilio posts; the call's socket stays where it is
    await moment(world, caller)
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


@pytest.mark.parametrize("others", [0, 1], ids=["started again", "another is there"])
async def test_handoff_ends_with_the_call_that_its_process_left(
    world: World, centre: Centre, engine: AsyncEngine, replicas: Replicas, others: int
) -> None:
    first, *survivors = await asyncio.gather(*(replicas.start() for _ in range(1 + others)))
    replicas.receive(first)
    caller = await centre.call()

    await before_the_goodbye(world, caller)
    await first.kill()
    await caller.waiting_task()  # the flow has brought them there, but nobody hears of it
    await caller.phone.hang_up()
    replicas.receive(survivors[0] if survivors else await replicas.start())
    record = await caller.wait_for(HandoffState.FAILED)
    await check_promises(caller)

    assert (record.failure, record.detail) == ("caller_left", "the call is over: completed")
    assert await HandoffSearch(engine).list(without_human_for=timedelta()) == []


def _event_of(customer: ChatCustomer) -> dict[str, Any]:
    """Twilio's about the customer's greeting."""

    def is_meant(body: dict[str, Any]) -> bool:
        author = body["data"].get("author") or {}
        is_message = body["eventType"] == "COMMUNICATION_CREATED"
        return is_message and author.get("address") == customer.address

    sent = [entry.detail for entry in customer.centre.twilio.journal.since(0, "webhook")]
    bodies = [
        json.loads(one["body"]) for one in sent if "/webhook?" in one["url"] and "body" in one
    ]
    return next(body for body in bodies if is_meant(body))


def _is_wish(item: dict[str, Any]) -> bool:
    return WISH in str(item.get("content"))


def _newest_words(request: dict[str, Any]) -> str:
    """What the customer wrote last."""
    written = [one for one in request["input"] if one.get("role") == "user"]
    return str(written[-1]["content"])


async def _wait_until_used_up(centre: Centre) -> None:
    """Until the request that hangs is under way."""

    async def find() -> bool | None:
        return None if centre.twilio.faults.rules else True

    await centre.driver.until(find, "the step to be reached")
