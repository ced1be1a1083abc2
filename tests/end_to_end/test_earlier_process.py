"""A conversation that an earlier process had: what was written there is known, and costs nothing
where this one has heard it begin."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from getting_started.local import running_locally
from getting_started.twilio_emulator.driver import Driver
from tests.end_to_end.conftest import IMPATIENT
from tests.end_to_end.customers import ASKS_HOURS, CHANNELS, HOURS, WANTS_HUMAN, Customer, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASKS_ORDER = "And where is my order 1042?"
READ = "GET /v2/Conversations/*/Communications"
READING = {
    "product": "conversations",
    "path": "/v2/Conversations/*/Communications",
    "method": "GET",
}
PREFIXES = {"SMS": "", "WHATSAPP": "whatsapp:", "RCS": "rcs:", "CHAT": "chat-"}
_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Scene]:
    """One for the module: each test has a customer of its own."""
    async with running_locally(IMPATIENT) as stack, Driver(stack.emulator_url) as driver:
        yield Scene(stack, driver)


async def new_customer(scene: Scene, channel: str) -> Customer:
    return await scene.customer(channel, f"{PREFIXES[channel]}+155505{next(_numbers):05d}")


async def forget(scene: Scene, customer: Customer) -> None:
    """As if this were another process."""
    await scene.settle()
    await scene.stack.app.state.agent.messaging._end(scene.conversation_of(customer).id)


async def newest_input(scene: Scene) -> list[dict[str, Any]]:
    """What the model was given last, without what memory knows."""
    items: list[dict[str, Any]] = (await scene.model_requests())[-1]["input"]
    is_memory = "<customer_memory>\nprofile"
    return [one for one in items if not str(one.get("content")).startswith(is_memory)]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_model_is_told_what_was_written_before(scene: Scene, channel: str) -> None:
    customer = await new_customer(scene, channel)
    hours = await customer.ask(ASKS_HOURS)
    before = scene.requests().count(READ)
    await forget(scene, customer)

    for _question in range(2):
        await customer.ask("Hello")
    await scene.settle()

    given = await newest_input(scene)
    assert given[:3] == [
        {"role": "user", "content": ASKS_HOURS},
        {"role": "assistant", "content": hours},
        {"role": "user", "content": "Hello"},
    ]
    assert [one["content"] for one in given if one.get("role") == "user"].count("Hello") == 2
    assert scene.requests().count(READ) == before + 1


@pytest.mark.parametrize("channel", CHANNELS)
async def test_nothing_is_read_where_the_beginning_was_heard(scene: Scene, channel: str) -> None:
    before = scene.requests().count(READ)

    customer = await new_customer(scene, channel)
    await customer.ask(ASKS_HOURS)
    await customer.ask(ASKS_ORDER)
    await scene.settle()

    assert scene.requests().count(READ) == before


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 403}, {"delay": 0.6}])
async def test_customer_is_answered_where_it_cannot_be_read(
    scene: Scene, fault: dict[str, Any]
) -> None:
    customer = await new_customer(scene, "SMS")
    await customer.ask("Hello")
    await forget(scene, customer)
    await scene.driver.fail(**READING, **fault)

    assert HOURS in await customer.ask(ASKS_HOURS)
    scene.stack.twilio.faults.clear()

    assert (await newest_input(scene))[0] == {"role": "user", "content": ASKS_HOURS}


async def test_what_a_human_wrote_is_quoted(scene: Scene) -> None:
    customer = await new_customer(scene, "CHAT")
    await customer.ask(WANTS_HUMAN)
    task = await scene.driver.flex.wait_for_task()
    await scene.driver.flex.accept(task.task_sid)
    await scene.driver.flex.say(task.task_sid, "I have sent <you> a label")
    await customer.listen()
    await scene.driver.flex.complete(task.task_sid, close=False)
    await forget(scene, customer)

    await customer.ask("Hello")

    told = [str(one.get("content")) for one in await newest_input(scene)]
    (quoted,) = [text for text in told if "A human colleague wrote here" in text]
    assert "I have sent (you) a label" in quoted
