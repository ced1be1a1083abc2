"""An AI Assistant with the agent's tools: nobody is stranded, nothing is doubled."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.assistants.seed import IDENTITY, assistant_service_sid
from getting_started.twilio_emulator.driver import ChatSession, DeskTask, Driver
from tests.handoff.customers import let_take_many

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUESTION = "When are you open on Saturdays?"
REFUND = "I want a refund, please."
PERSON = "I would like to talk to a person, please."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack() -> AsyncIterator[LocalStack]:
    async with running_locally({"AGENT_TWILIO_SECONDS": "0.4"}, has_assistant=True) as stack:
        let_take_many(stack.twilio)
        yield stack


@pytest_asyncio.fixture(loop_scope="module")
async def driver(stack: LocalStack) -> AsyncIterator[Driver]:
    async with Driver(stack.emulator_url) as driver:
        yield driver
        stack.twilio.faults.clear()


@pytest_asyncio.fixture(loop_scope="module")
async def chat(stack: LocalStack, driver: Driver) -> ChatSession:
    return await driver.chat.start("ana", service_sid=assistant_service_sid(stack.twilio))


async def ask(driver: Driver, chat: ChatSession, words: str) -> str:
    """The assistant's answer."""
    await chat.send(words)
    await driver.settle()
    return (await chat.listen(IDENTITY)).text


async def tasks_of(driver: Driver, chat: ChatSession) -> list[DeskTask]:
    tasks = await driver.flex.tasks()
    return [one for one in tasks if one.attributes.get("conversationSid") == chat.conversation_sid]


@pytest.mark.parametrize(
    ("wish", "product", "success"),
    [
        pytest.param(REFUND, "studio", "Our refunds desk takes over", id="Studio"),
        pytest.param(REFUND, "conversations", "Our refunds desk takes over", id="Conversations"),
        pytest.param(PERSON, "flex-api", "Transferred to human agent", id="Flex"),
        pytest.param(PERSON, "taskrouter", "Transferred to human agent", id="TaskRouter"),
    ],
)
async def test_assistant_serves_on_until_the_handover_works(
    stack: LocalStack, driver: Driver, chat: ChatSession, wish: str, product: str, success: str
) -> None:
    await driver.fail(product=product, status=503)

    assert "I am still here to help you" in await ask(driver, chat, wish)
    assert "open on Saturdays" in await ask(driver, chat, QUESTION)
    stack.twilio.faults.clear()

    assert success in await ask(driver, chat, wish)


async def test_refund_is_settled_by_the_flow_alone(
    stack: LocalStack, driver: Driver, chat: ChatSession
) -> None:
    await ask(driver, chat, REFUND)
    for words in ("OK", "1042", "And when are you open on Saturdays?"):
        await chat.send(words)
        await driver.settle()

    said = [one.text for one in await chat.messages() if one.speaker == IDENTITY]
    executions = stack.twilio.studio.executions.values()
    mine = [one for one in executions if one.channel.get("sid") == chat.conversation_sid]
    assert len(said) == 1
    assert [one.status for one in mine] == ["ended", "active"]


async def test_customer_who_asks_twice_gets_one_human(driver: Driver, chat: ChatSession) -> None:
    for _ in range(2):
        await ask(driver, chat, PERSON)

    assert len(await tasks_of(driver, chat)) == 1


async def test_assistant_is_silent_while_the_human_is_there(
    driver: Driver, chat: ChatSession
) -> None:
    await ask(driver, chat, PERSON)
    [task] = await tasks_of(driver, chat)
    await driver.flex.accept(task.task_sid)
    await chat.send(QUESTION)
    await driver.settle()
    silent = len(await chat.messages())

    await driver.flex.complete(task.task_sid, close=False)
    answer = await ask(driver, chat, QUESTION)
    await ask(driver, chat, PERSON)

    assert silent == 3
    assert "open on Saturdays" in answer
    assert [one.status for one in await tasks_of(driver, chat)] == ["completed", "reserved"]
