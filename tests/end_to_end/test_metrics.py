"""What is counted while customers are served, for the holder of the token, naming nobody."""

from __future__ import annotations

import pytest

from getting_started.local import running_locally
from getting_started.twilio_emulator.driver import Driver
from tests.end_to_end.customers import ASKS_HOURS, WANTS_HUMAN, Scene
from tests.end_to_end.metrics import WITH_METRICS, counted, read_metrics
from tests.end_to_end.model_script import FAILING, script

LINES = [
    'agent_turns_total{channel="SMS",outcome="answered"}',
    'agent_turns_total{channel="SMS",outcome="apologized"}',
    'agent_turns_total{channel="SMS",outcome="handed_over"}',
    'agent_handoffs_total{channel="SMS",reason="customer_request",state="requested"}',
    'agent_handoffs_total{channel="SMS",reason="customer_request",state="accepted"}',
    'agent_time_to_human_seconds_count{channel="SMS"}',
    "agent_model_failures_total",
    'agent_twilio_requests_total{product="studio",status="201"}',
]


async def test_what_happened_is_counted_once_and_names_nobody() -> None:
    async with running_locally(WITH_METRICS) as stack, Driver(stack.emulator_url) as driver:
        scene = Scene(stack, driver)
        customer = await scene.customer("SMS")
        await script(stack, FAILING)
        for text in ("Hello", ASKS_HOURS, WANTS_HUMAN):
            await customer.ask(text)
        await driver.flex.accept((await driver.flex.wait_for_task()).task_sid)
        await scene.settle()

        assert {line: await counted(stack, line) for line in LINES} == dict.fromkeys(LINES, 1)
        assert await counted(stack, 'agent_first_words_seconds_count{channel="SMS"}') == 2
        requests = 'agent_twilio_requests_total{product="conversations",status="202"}'
        assert await counted(stack, requests) == 3
        text = (await read_metrics(stack)).text
        assert customer.address not in text
        assert scene.conversation_of(customer).id not in text


@pytest.mark.parametrize("token", ["x", "a-token-of-someone-else"])
async def test_metrics_are_for_the_holder_of_the_token(token: str) -> None:
    async with running_locally(WITH_METRICS) as stack:
        assert (await read_metrics(stack, token)).status_code == 401
