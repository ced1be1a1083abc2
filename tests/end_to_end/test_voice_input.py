"""What callers do besides speaking English: keys, other languages; and errors on the line."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tac.models.outbound import InitiateVoiceConversationOptions

from agent.phrases import ENGLISH
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver, PhoneCall
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER
from tests.conftest import UNHURRIED
from tests.end_to_end.model_script import last_input, model_requests
from tests.end_to_end.relay_client import Frame, RelayClient, relay_call, replies_in

QUESTION = "When are you open?"
TWO_LANGUAGES = {**UNHURRIED, "AGENT_LANGUAGES": "en-US,de-DE", "AGENT_KEYS_SECONDS": "0.1"}
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack() -> AsyncIterator[LocalStack]:
    """One for the module, whose model speaks at a pace: each test has calls of its own."""
    async with running_locally(TWO_LANGUAGES, token_seconds=0.005) as stack:
        yield stack


async def press(relay: RelayClient, keys: str) -> None:
    for key in keys:
        await relay.send({"type": "dtmf", "digit": key})


@pytest.mark.parametrize(
    ("keys", "entered"),
    [
        pytest.param("1042#", "1042", id="ended by the hash"),
        pytest.param("1042", "1042", id="ended by a pause"),
        pytest.param("#0*7#", "0*7", id="all kinds"),
    ],
)
async def test_keys_reach_the_model_together(stack: LocalStack, keys: str, entered: str) -> None:
    async with relay_call(stack) as relay:
        await press(relay, keys)
        await relay.reply()

    assert (await last_input(stack))[-1] == f"{entered} [entered on the keypad]"


def attributes_of(end: Frame) -> dict[str, Any]:
    attributes: dict[str, Any] = json.loads(end["handoffData"])["attributes"]
    return attributes


@pytest.mark.parametrize("keys", ["0", "0#", "000"])
async def test_zero_leads_to_a_person_without_the_model(stack: LocalStack, keys: str) -> None:
    asked_before = len(await model_requests(stack))
    async with relay_call(stack) as relay:
        await press(relay, keys)
        *words, end = await relay.until(type="end")

    assert replies_in(words) == [ENGLISH.connecting_call]
    assert attributes_of(end)["reason_code"] == "customer_request"
    assert len(await model_requests(stack)) == asked_before


async def test_keys_and_words_at_once_are_both_answered(stack: LocalStack) -> None:
    async with relay_call(stack) as relay:
        await relay.prompt(QUESTION)
        await relay.receive()
        await press(relay, "7#")
        await relay.prompt("And on Sundays?")
        said: list[str] = []
        while not {"7 [entered on the keypad]", "And on Sundays?"} <= set(said):
            await relay.reply()
            said = await last_input(stack)


async def test_zero_breaks_a_reply_off(stack: LocalStack) -> None:
    async with relay_call(stack) as relay:
        await relay.prompt(QUESTION)
        begun = [await relay.receive()]
        await press(relay, "0#")
        *words, _end = await relay.until(type="end")

    broken_off, goodbye = replies_in(begun + words)
    assert "closed" not in broken_off
    assert goodbye == ENGLISH.connecting_call


async def test_errors_on_the_line_lead_to_a_person(
    stack: LocalStack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    error = {"type": "error", "description": "Invalid message received: my card is 4111"}
    async with relay_call(stack) as relay:
        await relay.send(error)
        await relay.send(error)
        await relay.prompt(QUESTION)
        assert "Harbor Street" in await relay.reply()
        for _ in range(3):
            await relay.send(error)
        *words, end = await relay.until(type="end")

    assert replies_in(words) == [ENGLISH.connecting_call]
    assert attributes_of(end)["reason_code"] == "technical"
    assert "Invalid message received" in caplog.text
    assert "4111" not in caplog.text


@pytest.mark.parametrize(
    ("language", "switched", "told"),
    [
        pytest.param("de-DE", "de-DE", "The caller speaks de-DE now.", id="allowed"),
        pytest.param("de-AT", "de-DE", "The caller speaks de-AT now.", id="of another region"),
        pytest.param("fr-FR", None, "You can be heard in en-US, de-DE only.", id="not allowed"),
        pytest.param("en-US", None, None, id="the usual one"),
        pytest.param("en-GB", None, "The caller speaks en-GB now.", id="the usual one elsewhere"),
        pytest.param("", None, None, id="unknown"),
        pytest.param("multi", None, None, id="any"),
    ],
)
async def test_language_of_the_caller_is_followed(
    stack: LocalStack, language: str, switched: str | None, told: str | None
) -> None:
    async with relay_call(stack) as relay:
        await relay.prompt(QUESTION, lang=language)
        frames = await relay.until(type="text", last=True)
        said = await last_input(stack)
        await relay.prompt("I want to talk to a person", lang=language)
        *_, end = await relay.until(type="end")

    changes = [frame for frame in frames if frame["type"] == "language"]
    expected = [{"type": "language", "ttsLanguage": switched}] if switched else []
    assert changes == expected
    assert any(told in text for text in said) if told else len(said) == 2
    assert attributes_of(end).get("language", "") == language.replace("multi", "")


async def test_language_is_told_in_every_turn(stack: LocalStack) -> None:
    async with relay_call(stack) as relay:
        for _turn in range(2):
            await relay.prompt(QUESTION, lang="de-DE")
            await relay.reply()

    newest = (await model_requests(stack))[-1]["input"]
    notes = [item["content"] for item in newest if item.get("role") == "developer"]
    assert notes == ["The caller speaks de-DE now. Answer in that language."]


async def changes_of_language(driver: Driver, call: PhoneCall) -> list[Frame]:
    """The frames by which the agent changed the language of this call."""
    frames = [entry.detail for entry in await driver.journal.read(kind="frame")]
    ours = [one["frame"] for one in frames if one["call_sid"] == call.call_sid]
    return [frame for frame in ours if frame.get("type") == "language"]


async def test_caller_changes_language_and_back(stack: LocalStack) -> None:
    async with Driver(stack.emulator_url) as driver:
        call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
        await call.listen("AI_AGENT")
        for language in ("en-US", "de-DE", "en-US"):
            await call.say(QUESTION, language=language)
            await call.listen("AI_AGENT")

        changes = await changes_of_language(driver, call)
        assert [frame["ttsLanguage"] for frame in changes] == ["de-DE", "en-US"]
        assert not await driver.journal.read(kind="alert")


async def test_call_we_place_understands_every_language(stack: LocalStack) -> None:
    voice = stack.app.state.agent.voice
    async with Driver(stack.emulator_url) as driver:
        options = InitiateVoiceConversationOptions(to=CUSTOMER_NUMBER)
        await voice.initiate_outbound_conversation(options)
        call = await driver.phone.wait_for_call(CUSTOMER_NUMBER)
        await call.listen("AI_AGENT")
        await call.say(QUESTION, language="de-DE")
        await call.listen("AI_AGENT")

        (change,) = await changes_of_language(driver, call)
        assert change == {"type": "language", "ttsLanguage": "de-DE"}


async def test_session_is_asked_for_with_every_language(stack: LocalStack) -> None:
    form = {"CallSid": "CA" + "5" * 32, "AccountSid": stack.twilio.account.sid}
    answer = await stack.twilio.webhooks.request_form(f"{stack.agent_url}/twiml", form)

    assert answer is not None
    assert 'language="en-US"' in answer.text
    assert 'transcriptionLanguage="multi"' in answer.text
    assert '<Language code="de-DE" />' in answer.text
    assert 'dtmfDetection="true"' in answer.text
