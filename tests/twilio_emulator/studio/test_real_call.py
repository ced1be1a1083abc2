"""A call over the emulated telephone, from Studio's first words to the human's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.studio.caller import COMPANY, CUSTOMER
from tests.twilio_emulator.studio.center import Center, open_center


@pytest.fixture
async def center(twilio: Twilio) -> Center:
    center = await open_center(twilio)
    path = f"/v1/Accounts/{twilio.account.sid}/Flows/{center.flow_sid}?Trigger=incomingCall"
    twilio.voice.add_number(COMPANY, voice_url=twilio.url("webhooks", path))
    workspace_sid = next(iter(twilio.taskrouter.workspaces))
    twilio.taskrouter.create_worker(workspace_sid, "Jordan", available=True)
    return center


@pytest.fixture
async def driver(twilio: Twilio) -> AsyncIterator[Driver]:
    async with Driver(twilio.base_url) as driver:
        yield driver


async def test_call_without_an_agent_reaches_a_human(center: Center, driver: Driver) -> None:
    call = await driver.phone.call(CUSTOMER, COMPANY)
    task = await driver.flex.wait_for_task()
    await driver.flex.accept(task.task_sid)
    await driver.flex.say(task.task_sid, "Jordan speaking")
    await call.hang_up()

    (handed,) = center.tasks
    words = [utterance.text for utterance in await call.transcript()]
    assert handed.attributes["reason"] == "virtual agent unavailable"
    assert "unavailable" in words[0]
    assert words[-1] == "Jordan speaking"


async def test_canceled_task_is_told_to_the_caller(center: Center, driver: Driver) -> None:
    call = await driver.phone.call(CUSTOMER, COMPANY)
    task = await driver.flex.wait_for_task()

    await center.twilio.taskrouter.cancel(task.task_sid, "nobody there")
    await call.wait_until_over()

    assert "call us again" in (await call.transcript())[-1].text


async def test_hang_up_ends_the_execution(center: Center, driver: Driver) -> None:
    call = await driver.phone.call(CUSTOMER, COMPANY)
    await driver.flex.wait_for_task()

    await call.hang_up()

    assert [one.status for one in center.twilio.studio.executions.values()] == ["ended"]
