"""Callers who say nothing and calls that last too long: told first, then ended politely."""

from __future__ import annotations

import pytest

from agent.phrases import ENGLISH
from getting_started.local import running_locally
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER
from tests.end_to_end.relay_client import RelayClient, relay_call

QUESTION = "When are you open?"
SILENT = {"AGENT_SILENCE_SECONDS": "0.05"}
SHORT = {"AGENT_CALL_SECONDS": "0.4", "AGENT_CALL_WARNING_SECONDS": "0.3"}


@pytest.mark.parametrize("action", ["studio", "app"])
@pytest.mark.parametrize(
    ("environment", "told"),
    [
        pytest.param(SILENT, [ENGLISH.still_there, ENGLISH.goodbye_after_silence], id="silence"),
        pytest.param(SHORT, [ENGLISH.time_is_short, ENGLISH.goodbye_at_limit], id="limit"),
    ],
)
async def test_call_is_ended_politely(
    environment: dict[str, str], told: list[str], action: str
) -> None:
    async with (
        running_locally({**environment, "AGENT_VOICE_ACTION": action}) as stack,
        Driver(stack.emulator_url) as driver,
    ):
        call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
        await call.wait_until_over()

        greeting, *rest = [one.text for one in await call.transcript()]
        assert greeting == stack.settings.welcome_greeting
        assert rest == told
        await driver.settle()
        assert await driver.flex.tasks() == []
        assert all(not one.is_active for one in stack.twilio.studio.executions.values())


async def words_are_over(relay: RelayClient) -> None:
    await relay.send({"type": "info", "name": "agentSpeaking", "value": "off"})


async def test_caller_who_answers_is_not_hung_up_on() -> None:
    async with running_locally(SILENT) as stack, relay_call(stack) as relay:
        await words_are_over(relay)
        asked = [await relay.reply()]
        await relay.prompt(QUESTION)
        await relay.reply()
        await words_are_over(relay)
        asked.append(await relay.reply())

        assert asked == [ENGLISH.still_there] * 2


async def test_transfer_goes_before_the_limit() -> None:
    async with (
        running_locally({"AGENT_CALL_SECONDS": "0.1"}, token_seconds=0.02) as stack,
        relay_call(stack) as relay,
    ):
        await relay.prompt("I want to talk to a person")
        frames = await relay.until(type="end")

        assert "conversationId" in frames[-1]["handoffData"]
        assert await relay.hang_up() == []
