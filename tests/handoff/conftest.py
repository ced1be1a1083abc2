"""A chat with the agent, and what became of its handoff."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio

from agent.handoff.record import HandoffRecord
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import ChatSession, DeskTask, Driver

customers = itertools.count(1)


@dataclass(frozen=True)
class Chat:
    """A customer in a chat of their own."""

    stack: LocalStack
    driver: Driver
    session: ChatSession
    store: HandoffStore

    @property
    def identity(self) -> str:
        return self.session.identity

    async def say(self, text: str) -> str:
        await self.session.send(text)
        return (await self.session.listen(self.stack.settings.chat_identity)).text

    async def record(self) -> HandoffRecord | None:
        return await self.store.latest(self.session.conversation_sid)

    async def executions(self) -> int:
        """How many executions Studio has started for this customer."""
        await self.driver.settle()
        executions = self.stack.twilio.studio.executions.values()
        return sum(one.contact == self.identity for one in executions)

    async def tasks(self) -> list[DeskTask]:
        """The tasks of this customer."""
        await self.driver.settle()
        return [one for one in await self.driver.flex.tasks() if self.identity in str(one)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stack() -> AsyncIterator[LocalStack]:
    """One for the module, with a short patience for Twilio."""
    async with running_locally({"AGENT_TWILIO_SECONDS": "0.4"}) as stack:
        yield stack


@pytest_asyncio.fixture(loop_scope="module")
async def chat(shared_stack: LocalStack) -> AsyncIterator[Chat]:
    """A new customer who has been greeted; no faults are in force before and after."""
    engine = connect(shared_stack.settings.database_url)
    async with Driver(shared_stack.emulator_url) as driver:
        session = await driver.chat.start(f"customer-{next(customers)}@example.org")
        chat = Chat(shared_stack, driver, session, HandoffStore(engine))
        await chat.say("Hello")
        yield chat
        shared_stack.twilio.faults.clear()
    await engine.dispose()
