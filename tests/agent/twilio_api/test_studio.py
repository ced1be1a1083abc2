"""Looking for the execution of a handoff, among those of everybody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import copy
from datetime import timedelta

import pytest

from agent.errors import TwilioApiError
from agent.twilio_api.http import ClientPool
from agent.twilio_api.studio import StudioClient
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.studio.execution import Execution
from getting_started.twilio_emulator.twilio import Twilio
from tests.handoff.faults import CONTEXTS, LOOKS, Fault
from tests.twilio_emulator.studio.flows import flow, set_variables

ANA, BEN = "+15550100001", "+15550100009"
MANY = 250
ONE = {"product": "studio", "path": "/v2/Flows/*/Executions/FN*", "method": "GET"}
BUSY = {"status": 200, "body": "<html>busy</html>"}


@pytest.fixture
async def studio(twilio: Twilio) -> AsyncIterator[StudioClient]:
    """The client of a flow that ends at once."""
    pool = ClientPool(twilio.account.sid, twilio.account.auth_token)
    made = twilio.studio.create_flow("test", flow(set_variables("note", done="yes")))
    yield StudioClient(pool, twilio.url("studio"), made.sid)
    await pool.close()


def run(twilio: Twilio, studio: StudioClient) -> Execution:
    parameters = {"HandoffData": {"attributes": {"handoffId": "handoff_1"}}}
    return twilio.studio.request_execution(
        studio.flow_sid, to=ANA, from_="+15550100002", parameters=parameters
    )


async def find(twilio: Twilio, studio: StudioClient) -> str | None:
    since = twilio.clock.now() - timedelta(minutes=5)
    return await studio.find_execution("handoff_1", to=ANA, since=since)


async def test_execution_is_found_behind_those_of_many_others(
    twilio: Twilio, studio: StudioClient
) -> None:
    ours = run(twilio, studio)
    for number in range(MANY):
        other = copy(ours)
        other.sid = f"FN{number:032}"
        other.context = {**ours.context, "contact": {"channel": {"address": BEN}}}
        twilio.studio.executions[other.sid] = other

    assert await find(twilio, studio) == ours.sid


async def test_handoff_that_no_execution_carries(twilio: Twilio, studio: StudioClient) -> None:
    assert await find(twilio, studio) is None


async def test_unreadable_list_does_not_say_that_there_is_none(
    twilio: Twilio, studio: StudioClient
) -> None:
    run(twilio, studio)
    async with Driver(twilio.base_url) as driver:
        await driver.fail(**LOOKS, **BUSY)

    with pytest.raises(TwilioApiError, match="cannot be read"):
        await find(twilio, studio)


@pytest.mark.parametrize("what", [pytest.param(CONTEXTS, id="context"), pytest.param(ONE, id="it")])
async def test_unreadable_end_is_none_that_is_known(
    twilio: Twilio, studio: StudioClient, what: Fault
) -> None:
    ours = run(twilio, studio)
    await twilio.settle()
    async with Driver(twilio.base_url) as driver:
        await driver.fail(**what, **BUSY)

    with pytest.raises(TwilioApiError, match="cannot be read"):
        await studio.fetch_end(ours.sid)
