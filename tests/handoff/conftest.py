"""A customer in a chat with an agent on each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver
from tests.databases import KINDS, database_of
from tests.handoff.customers import Centre, ChatCustomer, let_take_many

IMPATIENT = {
    "AGENT_TWILIO_SECONDS": "0.4",
    "AGENT_LOOKUP_SECONDS": "0.8",
    "AGENT_HANDOFF_RETRY_SECONDS": "0",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def shared_stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LocalStack]:
    """One for the module, with a short patience for Twilio and humans who take many calls."""
    url = database_of(request.param, request, tmp_path_factory.mktemp("database"))
    async with running_locally({**IMPATIENT, "AGENT_DATABASE_URL": url}) as stack:
        let_take_many(stack.twilio)
        yield stack


@pytest_asyncio.fixture(loop_scope="module")
async def centre(shared_stack: LocalStack) -> AsyncIterator[Centre]:
    """No faults are in force before and after."""
    engine = connect(shared_stack.settings.database_url)
    async with Driver(shared_stack.emulator_url) as driver:
        yield Centre(shared_stack.twilio, driver, HandoffStore(engine))
        shared_stack.twilio.faults.clear()
    await engine.dispose()


@pytest_asyncio.fixture(loop_scope="module")
async def chat(centre: Centre) -> ChatCustomer:
    """A new customer who has been greeted."""
    return await centre.chat()
