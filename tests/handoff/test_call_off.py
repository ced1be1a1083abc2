"""Who waits for a human and no longer wants one has the agent again; a human who came stays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from agent.handoff.record import HandoffState
from agent.operations import handoffs
from agent.phrases import phrases_for
from agent.settings import Settings
from getting_started.local import LocalStack
from getting_started.twilio_emulator.driver import Driver
from tests.end_to_end.customers import ASKS_HOURS, CHANNELS, HOURS, WANTS_HUMAN
from tests.handoff.test_after_the_human import Desk

TASKS = {"product": "taskrouter", "path": "/v1/Workspaces/*/Tasks/*", "method": "POST"}
EXECUTIONS = {"product": "studio", "path": "/v2/Flows/*/Executions", "method": "POST"}
CALLED_OFF_WORDS = phrases_for("en").called_off


@pytest.fixture
async def desk(stack: LocalStack) -> AsyncIterator[Desk]:
    async with Driver(stack.emulator_url) as driver:
        yield Desk(stack, driver)


def keep_receipts_back(stack: LocalStack) -> None:
    for workspace in stack.twilio.taskrouter.workspaces.values():
        workspace.event_callback_url = ""


@pytest.mark.parametrize("channel", CHANNELS)
async def test_customer_who_no_longer_waits_has_the_agent(desk: Desk, channel: str) -> None:
    customer = await desk.customer(channel)
    task = await desk.hand_over(customer)

    assert await customer.ask("Never mind, thanks") == CALLED_OFF_WORDS

    record = await desk.wait_for(HandoffState.CANCELED)
    assert record.detail == "called off by the customer"
    assert (await desk.driver.flex.task(task.task_sid)).status == "canceled"
    assert HOURS in await customer.ask(ASKS_HOURS)
    told = str((await desk.model_requests())[-1]["input"])
    assert CALLED_OFF_WORDS in told


async def test_customer_may_ask_for_a_human_again(desk: Desk) -> None:
    customer = await desk.customer()
    await desk.hand_over(customer)
    await customer.ask("olvídalo")

    await customer.ask(WANTS_HUMAN)
    task = await desk.driver.flex.wait_for_task()
    await desk.driver.flex.accept(task.task_sid)
    await desk.driver.flex.say(task.task_sid, "Jordan here")

    assert phrases_for("es").called_off in await customer.received()
    assert await customer.listen() == "Jordan here"


@pytest.mark.parametrize(
    ("is_told", "state"),
    [pytest.param(True, "accepted", id="known"), pytest.param(False, "queued", id="not yet known")],
)
async def test_human_who_was_faster_keeps_the_customer(
    desk: Desk, is_told: bool, state: str
) -> None:
    customer = await desk.customer()
    task = await desk.hand_over(customer)
    received = await customer.received()
    if not is_told:
        keep_receipts_back(desk.stack)
        desk.stack.twilio.taskrouter.tasks[task.task_sid].listener = None  # has not joined yet
    await desk.driver.flex.accept(task.task_sid)
    await desk.wait_for(HandoffState(state))

    await customer.send("never mind")
    await desk.settle()

    assert await customer.received() == received
    assert (await desk.driver.flex.task(task.task_sid)).status == "assigned"
    assert [record.state for record in await desk.records()] == [state]


async def test_customer_who_asks_something_waits_on(desk: Desk) -> None:
    customer = await desk.customer()
    await desk.hand_over(customer)
    received = await customer.received()

    await customer.send("Never mind that. Can I cancel my order?")
    await desk.settle()

    assert await customer.received() == received
    assert [record.state for record in await desk.records()] == [HandoffState.QUEUED]


async def test_customer_is_told_when_it_cannot_be_called_off(desk: Desk) -> None:
    customer = await desk.customer()
    await desk.hand_over(customer)
    await desk.driver.fail(**TASKS, status=503)

    assert await customer.ask("never mind") == phrases_for("en").still_waiting

    assert [record.state for record in await desk.records()] == [HandoffState.QUEUED]


async def test_lost_answer_of_taskrouter_is_looked_up(desk: Desk) -> None:
    customer = await desk.customer()
    await desk.hand_over(customer)
    await desk.driver.fail(**TASKS, drop="after", times=1)

    assert await customer.ask("never mind") == CALLED_OFF_WORDS


async def test_operator_calls_off_a_task(desk: Desk) -> None:
    customer = await desk.customer()
    task = await desk.hand_over(customer)

    canceled = await operate(desk, "cancel")
    again = await operate(desk, "cancel")

    assert json.loads(canceled.stdout)["state"] == "canceled"
    assert await customer.listen() == phrases_for("en").here_again
    assert (await desk.driver.flex.task(task.task_sid)).status == "canceled"
    assert HOURS in await customer.ask(ASKS_HOURS)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "is canceled and cannot become canceled" in again.stderr


async def test_operator_gives_the_conversation_back_to_the_agent(desk: Desk) -> None:
    customer = await desk.customer()
    task = await desk.hand_over(customer)

    returned = await operate(desk, "return")

    assert json.loads(returned.stdout)["state"] == "returned"
    assert await customer.listen() == phrases_for("en").here_again
    assert (await desk.driver.flex.task(task.task_sid)).status == "canceled"
    assert HOURS in await customer.ask(ASKS_HOURS)
    told = str((await desk.model_requests())[-1]["input"])
    assert "No human colleague took over" in told


async def test_human_who_comes_after_the_return_has_the_conversation(desk: Desk) -> None:
    customer = await desk.customer()
    task = await desk.hand_over(customer)
    await operate(desk, "return", "--record-only")
    received = await customer.received()

    await desk.driver.flex.accept(task.task_sid)
    await desk.wait_for(HandoffState.ACCEPTED)
    await customer.send(ASKS_HOURS)
    await desk.settle()

    assert await customer.received() == received


@pytest.mark.parametrize("command", ["cancel", "return"])
async def test_operator_cannot_call_off_what_a_human_has(desk: Desk, command: str) -> None:
    task = await desk.hand_over(await desk.customer())
    await desk.driver.flex.accept(task.task_sid)
    await desk.wait_for(HandoffState.ACCEPTED)

    refused = await operate(desk, command)

    assert refused.exit_code == 1
    assert "A human has accepted" in refused.stderr
    assert (await desk.driver.flex.task(task.task_sid)).status == "assigned"


async def test_task_that_comes_after_the_calling_off_is_dropped(desk: Desk) -> None:
    customer = await desk.customer()
    await desk.driver.fail(**EXECUTIONS, delay=3, times=1)
    await customer.ask(WANTS_HUMAN)
    await desk.wait_for(HandoffState.DELIVERING)

    assert json.loads((await operate(desk, "cancel")).stdout)["state"] == "canceled"

    await desk.driver.flex.wait_for_task(lambda task: task.status == "canceled")
    assert await customer.listen() == phrases_for("en").here_again
    assert HOURS in await customer.ask(ASKS_HOURS)


async def operate(desk: Desk, *command: str) -> Result:
    """`agent handoffs` with a command on the newest, with the agent's own settings."""
    arguments = [*command, (await desk.records())[0].id, "--json"]
    environment = environment_of(desk.stack.settings)
    return await asyncio.to_thread(CliRunner().invoke, handoffs, arguments, env=environment)


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that say the same."""
    texts = settings.model_dump(by_alias=True).items()
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in texts
        if isinstance(value, str | SecretStr)
    }
