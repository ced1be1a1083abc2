"""Answers of Twilio's that do not tell whether a reply was taken: one copy reaches the customer."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from getting_started.local import running_locally
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.orchestrator.models import CaptureRule
from getting_started.twilio_emulator.seed import AGENT_NUMBER
from tests.end_to_end.conftest import IMPATIENT
from tests.end_to_end.customers import ASKS_HOURS, HOURS, Customer, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")
NUMBERS = itertools.count()
LATER = float(IMPATIENT["AGENT_TWILIO_SECONDS"]) + 0.3
"""When the agent waits no longer."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Scene]:
    """One for the module: each test has customers of its own."""
    async with running_locally(IMPATIENT) as stack, Driver(stack.emulator_url) as driver:
        (configuration,) = stack.twilio.orchestrator.configurations.values()
        rule = CaptureRule.model_validate({"from": "*", "to": AGENT_NUMBER})
        configuration.channel_settings["SMS"].capture_rules = [rule]
        yield Scene(stack, driver)


async def known(scene: Scene, channel: str) -> Customer:
    """One who was answered before. `captured SMS` has no classic conversation."""
    customer = await scene.customer(channel.split()[-1], f"+155503{next(NUMBERS):05d}")
    address = scene.stack.twilio.classic.find_address(AGENT_NUMBER)
    assert address
    address.auto_creation["enabled"] = not channel.startswith("captured")
    await customer.ask("Hello")
    address.auto_creation["enabled"] = True
    return customer


def classic_of(customer: Customer) -> dict[str, str]:
    path = f"/v1/*/{customer.thread.conversation_sid}/Messages"
    return {"product": "conversations", "method": "POST", "path": path}


def actions_of(scene: Scene, customer: Customer) -> dict[str, str]:
    path = f"/v2/Conversations/{scene.conversation_of(customer).id}/Actions"
    return {"product": "conversations", "method": "POST", "path": path}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"drop": "before"}, id="dropped before"),
        pytest.param({"drop": "after"}, id="dropped after"),
        pytest.param({"status": 500}, id="500"),
        pytest.param({"status": 500, "is_taken": True}, id="500 though taken"),
        pytest.param({"status": 503}, id="503"),
        pytest.param({"status": 504, "is_taken": True}, id="504 though taken"),
        pytest.param({"delay": LATER, "drop": "before"}, id="timed out"),
        pytest.param({"delay": LATER}, id="timed out, taken late"),
    ],
)
async def test_reply_arrives_once(scene: Scene, fault: dict[str, Any]) -> None:
    channels = ("captured SMS", "SMS", "CHAT")
    customers = [await known(scene, channel) for channel in channels]
    for customer in customers:
        await scene.driver.fail(**actions_of(scene, customer), **fault, times=1)

    await asyncio.gather(*(customer.send(ASKS_HOURS) for customer in customers))
    await scene.settle()

    for customer in customers:
        (_hello, answer) = await customer.received()
        assert HOURS in answer


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_second_way_is_looked_at_too(scene: Scene, drop: str) -> None:
    customer = await known(scene, "CHAT")
    await scene.driver.fail(**actions_of(scene, customer), status=403, times=1)
    await scene.driver.fail(**classic_of(customer), drop=drop, times=1)

    await customer.send(ASKS_HOURS)
    await scene.settle()

    assert len(await customer.received()) == 2


async def test_same_words_as_before_are_no_proof(scene: Scene) -> None:
    customer = await known(scene, "SMS")
    await customer.ask(ASKS_HOURS)
    await scene.driver.advance(60)
    await scene.driver.fail(**actions_of(scene, customer), drop="before", times=1)

    await customer.ask(ASKS_HOURS)
    await scene.settle()

    (_hello, *answers) = await customer.received()
    assert answers == [answers[0]] * 2


@pytest.mark.parametrize(
    "unreadable", [{"status": 403}, {"status": 200, "body": []}, {"delay": LATER}]
)
async def test_reply_that_cannot_be_looked_for_comes_rather_twice(
    scene: Scene, unreadable: dict[str, Any]
) -> None:
    customer = await known(scene, "SMS")
    actions = actions_of(scene, customer)
    looks = {**actions, "method": "GET", "path": actions["path"].replace("Action", "Communication")}
    await scene.driver.fail(**actions, drop="after", times=1)
    await scene.driver.fail(**looks, **unreadable)

    await customer.send(ASKS_HOURS)
    await scene.settle()

    assert [HOURS in answer for answer in await customer.received()] == [False, True, True]
