"""Nobody is promised while nobody is there: why, what there is instead, and that it is done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.handoff.record import HandoffRecord
from agent.store.database import connect
from agent.store.handoff_search import HandoffSearch
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver, SmsThread
from getting_started.twilio_emulator.driver.phone import PhoneCall
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER
from tests.end_to_end.model_script import FAILING, script

WANTS_HUMAN = "I want to talk to a person"
CLOSED = {
    "AGENT_OPENING_HOURS": "mon-sun 00:00-24:00",
    "AGENT_HOLIDAYS": datetime.now(UTC).date().isoformat(),
}
EMPTY_DESK = {"AGENT_CHECK_WORKERS": "true"}
FULL_QUEUE = {"AGENT_LONGEST_QUEUE": "0"}


@asynccontextmanager
async def at_the_phone(
    settings: Mapping[str, str],
) -> AsyncIterator[tuple[LocalStack, Driver, SmsThread]]:
    """A customer who writes SMS, to a desk where nobody is."""
    async with (
        running_locally(settings, has_further_ways=True) as stack,
        Driver(stack.emulator_url) as driver,
    ):
        await driver.flex.set_available(False)
        yield stack, driver, driver.sms.thread(CUSTOMER_NUMBER, AGENT_NUMBER)


async def ask(thread: SmsThread, text: str) -> str:
    await thread.send(text)
    return await thread.listen()


async def records_of(stack: LocalStack) -> list[HandoffRecord]:
    engine = connect(stack.settings.database_url)
    records = await HandoffSearch(engine).list()
    await engine.dispose()
    return records


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        pytest.param(CLOSED, "closed until tomorrow 0:00", id="closed"),
        pytest.param(EMPTY_DESK, "no colleague is available", id="nobody at the desk"),
    ],
)
async def test_customer_is_called_back(settings: dict[str, str], why: str) -> None:
    async with at_the_phone(settings) as (stack, driver, thread):
        offered = await ask(thread, WANTS_HUMAN)
        nothing_yet = await records_of(stack), await driver.flex.tasks()
        done = await ask(thread, "Yes, please call me back")
        (record,), (task,) = await records_of(stack), await driver.flex.tasks()

        assert why in offered
        assert "call you back" in offered
        assert nothing_yet == ([], [])
        assert "will call you back" in done
        assert (record.state, record.failure) == ("failed", "nobody_there")
        assert record.next_step == "callback"
        assert record.task_sid == task.task_sid
        assert (task.workflow, task.attributes["type"]) == ("Assign callbacks", "callback")
        assert task.attributes["customerAddress"] == CUSTOMER_NUMBER
        assert stack.twilio.studio.executions == {}
        assert "1042" in await ask(thread, "Where is my order 1042?")


async def test_customer_waits_all_the_same() -> None:
    async with at_the_phone(EMPTY_DESK) as (stack, driver, thread):
        offered = await ask(thread, WANTS_HUMAN)
        goodbye = await ask(thread, "I would rather wait")
        await driver.flex.wait_for_task()

        assert "put you in the queue" in offered
        assert "connecting you" in goodbye
        assert len(stack.twilio.studio.executions) == 1


async def test_full_queue_is_told_with_its_length() -> None:
    settings = {**FULL_QUEUE, "AGENT_OFFER_WAIT": "false", "AGENT_HANDOFF_WAYS": "studio"}
    async with at_the_phone(settings) as (stack, _driver, thread):
        taskrouter = stack.twilio.taskrouter
        workflow_sid = next(iter(taskrouter.workflows))
        await taskrouter.create_task(workflow_sid=workflow_sid, task_channel="", attributes={})

        offered = await ask(thread, WANTS_HUMAN)

        assert "customers waiting already: 1" in offered
        assert "Shall I" not in offered


async def test_caller_without_a_known_number_is_asked_for_it() -> None:
    async with at_the_phone(CLOSED) as (stack, driver, _thread):
        chat = await driver.chat.start("ana@example.org")

        async def say(text: str) -> str:
            await chat.send(text)
            return (await chat.listen(stack.settings.chat_identity)).text

        await say(WANTS_HUMAN)
        asked = await say("Call me back, please")
        done = await say("It is +1 555 010 0007")
        (task,) = await driver.flex.tasks()

        assert "number" in asked
        assert "will call you back" in done
        assert task.attributes["customerAddress"] == "+15550100007"


async def test_caller_on_the_phone_is_called_back() -> None:
    async with at_the_phone(CLOSED) as (_stack, driver, _thread):
        call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
        await call.listen("AI_AGENT")
        await call.say(WANTS_HUMAN)
        offered = await call.listen("AI_AGENT")
        await call.say("Yes, call me back")
        done = await call.listen("AI_AGENT")
        (task,) = await driver.flex.tasks()

        assert "closed until" in offered
        assert "will call you back" in done
        assert task.attributes["customerAddress"] == CUSTOMER_NUMBER


Wish = Callable[[PhoneCall, LocalStack], Awaitable[str]]


async def press_zero(call: PhoneCall, _stack: LocalStack) -> str:
    await call.press("0#")
    return await call.listen("AI_AGENT")


async def ask_a_broken_model(call: PhoneCall, stack: LocalStack) -> str:
    await script(stack, FAILING, FAILING)
    await call.say("Hello")
    await call.listen("AI_AGENT")
    await call.say("Hello?")
    return await call.listen("AI_AGENT")


@pytest.mark.parametrize("wish", [press_zero, ask_a_broken_model])
async def test_caller_is_told_the_truth_without_the_model(wish: Wish) -> None:
    async with at_the_phone(CLOSED) as (stack, driver, _thread):
        call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
        await call.listen("AI_AGENT")
        offered = await wish(call, stack)
        await call.say("Yes, please")
        done = await call.listen("AI_AGENT")
        (task,) = await driver.flex.tasks()

        assert offered.endswith(
            "Unfortunately the team is closed until tomorrow 0:00. "
            "Shall I have a colleague call you back?"
        )
        assert "will call you back" in done
        assert task.attributes["type"] == "callback"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 500}, id="500"),
        pytest.param({"delay": 5}, id="no answer"),
        pytest.param({"status": 200, "body": {}}, id="unreadable"),
    ],
)
async def test_unknown_availability_keeps_nobody_from_a_human(fault: dict[str, Any]) -> None:
    async with at_the_phone(EMPTY_DESK) as (_stack, driver, thread):
        await driver.fail(product="taskrouter", path="/v1/Workspaces/*/RealTimeStatistics", **fault)

        assert "connecting you" in await ask(thread, WANTS_HUMAN)
