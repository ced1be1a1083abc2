"""The state of a handoff among the attributes of a web chat."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agent.clients import create_classic, opened_pool
from agent.metrics import Metrics
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from agent.web.handoff_notices import HandoffNotices
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import ChatSession, Driver
from tests.end_to_end.customers import WANTS_HUMAN


async def handoff_of(driver: Driver, stack: LocalStack, chat: ChatSession, state: str) -> Any:
    """The attribute `handoff` as soon as it has that state."""

    async def find() -> Any:
        conversation = stack.twilio.classic.conversations[chat.conversation_sid]
        shown = json.loads(conversation.attributes).get("handoff", {})
        return shown if shown.get("state") == state else None

    return await driver.until(find, f"a chat that shows {state}")


@pytest.mark.parametrize(
    ("after_human", "last"), [("agent", "returned"), ("silent", "left")], ids=["agent", "silent"]
)
async def test_chat_shows_where_its_handoff_is(after_human: str, last: str) -> None:
    async with (
        running_locally({"AGENT_AFTER_HUMAN": after_human}) as stack,
        Driver(stack.emulator_url) as driver,
    ):
        chat = await driver.chat.start("ana@example.org")
        stack.twilio.classic.conversations[chat.conversation_sid].attributes = '{"ours": 1}'
        await chat.send(WANTS_HUMAN)
        task = await driver.flex.wait_for_task()
        shown = await handoff_of(driver, stack, chat, "queued")
        await driver.flex.accept(task.task_sid)
        await handoff_of(driver, stack, chat, "accepted")
        await driver.flex.complete(task.task_sid, close=False)

        assert (await handoff_of(driver, stack, chat, last))["id"] == shown["id"]
        attributes = json.loads(
            stack.twilio.classic.conversations[chat.conversation_sid].attributes
        )
        assert attributes["ours"] == 1


async def test_chat_shows_a_handoff_that_failed(stack: LocalStack) -> None:
    async with Driver(stack.emulator_url) as driver:
        await driver.fail(product="studio", method="POST", status=400, times=10)
        chat = await driver.chat.start("ana@example.org")
        await chat.send(WANTS_HUMAN)

        await handoff_of(driver, stack, chat, "failed")


async def test_attributes_that_cannot_be_written_hold_nothing_up(stack: LocalStack) -> None:
    async with Driver(stack.emulator_url) as driver:
        chat = await driver.chat.start("ana@example.org")
        path = f"*/Conversations/{chat.conversation_sid}"
        await driver.fail(product="conversations", path=path, method="GET", status=400, times=99)
        await chat.send(WANTS_HUMAN)
        task = await driver.flex.wait_for_task()
        await driver.flex.accept(task.task_sid)

        assert "colleague" in (await chat.listen("ai-assistant")).text


@asynccontextmanager
async def notices_of(stack: LocalStack) -> AsyncIterator[tuple[HandoffNotices, HandoffStore]]:
    """More of them than the agent's own, which nobody tells anything; and the records."""
    engine = connect(stack.settings.database_url)
    store = HandoffStore(engine)
    service_sid = stack.twilio.classic.default_service().sid
    async with opened_pool(stack.settings, Metrics()) as pool:
        classic = create_classic(pool, stack.settings, service_sid)
        yield HandoffNotices(store, classic, stack.settings), store
    await engine.dispose()


async def test_change_at_the_end_of_the_one_before_is_told(stack: LocalStack) -> None:
    async with Driver(stack.emulator_url) as driver, notices_of(stack) as (notices, store):
        chat = await driver.chat.start("ana@example.org")
        await chat.send(WANTS_HUMAN)
        shown = await handoff_of(driver, stack, chat, "queued")
        record = await store.get(shown["id"])
        assert record
        conversation = stack.twilio.classic.conversations[chat.conversation_sid]

        others = asyncio.all_tasks()
        notices.notice(record)
        (telling,) = asyncio.all_tasks() - others
        while not telling.done():  # noqa: ASYNC110 - sees the end before all who wait for it
            await asyncio.sleep(0)
        conversation.attributes = "{}"
        notices.notice(record)
        await notices.finish()

        assert json.loads(conversation.attributes) == {"handoff": shown}
