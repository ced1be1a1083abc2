"""Studio alone: run a flow by request, or reach it as a caller."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from getting_started.twilio_emulator.outgoing import new_client
from getting_started.twilio_emulator.studio.execution import Execution
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.studio.caller import COMPANY, CUSTOMER, Caller

Run = Callable[..., Awaitable[Execution]]


@pytest.fixture
async def caller(twilio: Twilio) -> AsyncIterator[Caller]:
    async with new_client() as client:
        yield Caller(twilio, client)


@pytest.fixture
def run(twilio: Twilio) -> Run:
    """Run a definition through the REST API's start until it ends or waits."""

    async def run_flow(definition: dict[str, Any], **parameters: Any) -> Execution:
        flow = twilio.studio.create_flow("test", definition)
        execution = twilio.studio.request_execution(
            flow.sid, to=CUSTOMER, from_=COMPANY, parameters=parameters
        )
        await twilio.settle()
        return execution

    return run_flow


def path_of(execution: Execution) -> list[str]:
    """The widgets walked, and the last event."""
    steps = execution.steps
    return [*(step.transitioned_from for step in steps), steps[-1].name]


def variables_of(execution: Execution) -> dict[str, Any]:
    variables: dict[str, Any] = execution.context["flow"]["variables"]
    return variables
