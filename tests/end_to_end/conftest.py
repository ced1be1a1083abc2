"""What the end-to-end tests share: an impatient agent, and a way to drive its customers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from getting_started.local import LocalStack
from getting_started.twilio_emulator.driver import Driver
from tests.conftest import UNHURRIED

IMPATIENT = {
    **UNHURRIED,
    "AGENT_FIRST_TOKEN_SECONDS": "0.7",
    "AGENT_TURN_SECONDS": "1.5",
    "AGENT_LOOKUP_SECONDS": "0.6",
    "AGENT_MEMORY_SECONDS": "0.3",
    "AGENT_TWILIO_SECONDS": "1",
    "AGENT_HANDOFF_RETRY_SECONDS": "0",
}
IMPATIENT_WITH_MODEL = {**UNHURRIED, "AGENT_FIRST_TOKEN_SECONDS": "2"}
"""On a busy machine, too, an ordinary answer takes less."""


@pytest.fixture
async def driver(stack: LocalStack) -> AsyncIterator[Driver]:
    async with Driver(stack.emulator_url) as driver:
        yield driver
