"""An agent whose tools an assistant calls; every test has a conversation of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from getting_started.local import LocalStack, running_locally
from tests.handoff.customers import let_take_many
from tests.tools.assistants.caller import Caller, open_conversation

IMPATIENT = {"AGENT_TWILIO_SECONDS": "0.4"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack() -> AsyncIterator[LocalStack]:
    async with running_locally(IMPATIENT, has_assistant=True) as stack:
        let_take_many(stack.twilio)
        yield stack


@pytest_asyncio.fixture(loop_scope="module")
async def caller(stack: LocalStack) -> AsyncIterator[Caller]:
    """No faults are in force before and after."""
    async with httpx.AsyncClient() as client:
        yield Caller(stack, client, await open_conversation(stack))
    stack.twilio.faults.clear()
