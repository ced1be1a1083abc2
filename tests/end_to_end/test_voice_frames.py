"""Each frame of the ConversationRelay protocol, as the agent takes it and as it sends it.

https://www.twilio.com/docs/voice/conversationrelay/websocket-messages
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from agent.settings import load_settings
from getting_started.local import LocalStack, running_locally
from tests.conftest import UNHURRIED
from tests.end_to_end.model_script import DONE, last_input, script, streaming, words
from tests.end_to_end.relay_client import relay_call, replies_in, text_of
from tests.environment import COMPLETE

QUESTION = "When are you open?"
ANSWER = "Our store at 12 Harbor Street is open"
CUT_MARK = "[interrupted by the caller]"
GREETING = load_settings(COMPLETE).welcome_greeting
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack() -> AsyncIterator[LocalStack]:
    """One for the module, whose model speaks at a pace: each test has calls of its own."""
    async with running_locally(UNHURRIED, token_seconds=0.005) as stack:
        yield stack


async def test_reply_is_streamed_and_its_end_marked(stack: LocalStack) -> None:
    async with relay_call(stack) as relay:
        await relay.prompt(QUESTION)
        frames = await relay.until(last=True)

    assert ANSWER in text_of(frames)
    assert len(frames) > 5
    assert [frame["last"] for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert all(frame["type"] == "text" and frame["interruptible"] for frame in frames)


async def test_only_what_can_be_spoken_is_said_and_remembered(stack: LocalStack) -> None:
    tokens = ["**He", "llo**", " 🙂 there:\n", "- see ", "https://acme", ".example/a/b", "\n- call"]
    async with relay_call(stack) as relay:
        await script(stack, streaming(*map(words, tokens), DONE))
        await relay.prompt("Hello")
        reply = await relay.reply()
        await relay.prompt("Thanks")
        await relay.reply()

    assert reply == "Hello there: see acme.example. call"
    assert reply in await last_input(stack)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param({"type": "prompt", "voicePrompt": "When are", "last": False}, id="partial"),
        pytest.param({"type": "prompt", "voicePrompt": "  ", "last": True}, id="blank prompt"),
        pytest.param({"type": "prompt", "voicePrompt": 7, "last": True}, id="prompt of no text"),
        pytest.param({"type": "prompt"}, id="prompt without text"),
        pytest.param({"type": "dtmf", "digit": "#"}, id="dtmf without keys"),
        pytest.param({"type": "dtmf", "digit": ["5"]}, id="odd dtmf"),
        pytest.param({"type": "error", "description": "Invalid message"}, id="error"),
        pytest.param({"type": "info", "name": "agentSpeaking", "value": "on"}, id="info"),
        pytest.param({"type": "setup", "callSid": "CA" + "9" * 32}, id="second setup"),
        pytest.param({"type": "weather", "value": "rain"}, id="unknown type"),
        pytest.param({"type": ["prompt"]}, id="odd type"),
        pytest.param({}, id="no type"),
        pytest.param([1, 2], id="no object"),
        pytest.param("{broken", id="no JSON"),
        pytest.param("[" * 30_000, id="deeply nested"),
        pytest.param({"type": "interrupt"}, id="interrupt of nothing"),
    ],
)
async def test_frame_starts_no_turn_and_ends_no_call(stack: LocalStack, frame: Any) -> None:
    async with relay_call(stack) as relay:
        await relay.send(frame)
        await relay.prompt(QUESTION)

        assert ANSWER in await relay.reply()
        assert await relay.hang_up() == []
    assert (await last_input(stack))[1:] == [QUESTION]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"last": True}, id="last"),
        pytest.param({}, id="last missing"),
        pytest.param({"last": None}, id="last null"),
        pytest.param({"last": True, "final": False}, id="final says otherwise"),
        pytest.param({"last": True, "lang": None, "extra": {"a": 1}}, id="odd fields"),
        pytest.param({"last": True, "conversationId": "conv_conversation_9"}, id="smuggled id"),
    ],
)
async def test_prompt_is_answered(stack: LocalStack, more: dict[str, Any]) -> None:
    async with relay_call(stack) as relay:
        await relay.prompt(QUESTION, **more)

        assert ANSWER in await relay.reply()


async def test_prompt_cannot_name_another_call(stack: LocalStack) -> None:
    async with relay_call(stack) as victim, relay_call(stack) as intruder:
        await intruder.prompt(QUESTION, conversationId=victim.conversation_ids[0])

        assert ANSWER in await intruder.reply()
        assert await victim.hang_up() == []


@pytest.mark.parametrize(
    ("interrupt", "kept"),
    [
        pytest.param(
            {"utteranceUntilInterrupt": "Our store", "durationUntilInterruptMs": 812},
            f"Our store {CUT_MARK}",
            id="number",
        ),
        pytest.param(
            {"utteranceUntilInterrupt": "Our store", "durationUntilInterruptMs": "812"},
            f"Our store {CUT_MARK}",
            id="numeric text",
        ),
        pytest.param(
            {"utteranceUntilInterrupt": "Our store", "durationUntilInterruptMs": "12.5 ms"},
            f"Our store {CUT_MARK}",
            id="odd duration",
        ),
        pytest.param(
            {"utteranceUntilInterrupt": "", "durationUntilInterruptMs": None},
            CUT_MARK,
            id="nothing heard",
        ),
        pytest.param({"utteranceUntilInterrupt": 5}, "Our store at", id="odd words"),
        pytest.param({}, "Our store at", id="no fields"),
    ],
)
async def test_interrupt_stops_the_reply(
    stack: LocalStack, interrupt: dict[str, Any], kept: str
) -> None:
    async with relay_call(stack) as relay:
        await relay.prompt(QUESTION)
        spoken = [await relay.receive() for _ in range(2)]
        await relay.send({"type": "interrupt", **interrupt})
        spoken += await relay.until(last=True)
        await relay.prompt("Thanks")

        assert "else" in await relay.reply()
    assert len(text_of(spoken)) < len(ANSWER) + 60
    remembered, last = (await last_input(stack))[-2:]
    assert last == "Thanks"
    assert remembered.startswith(kept)


async def test_interrupt_after_the_reply_cuts_what_is_remembered(stack: LocalStack) -> None:
    async with relay_call(stack) as relay:
        await relay.prompt(QUESTION)
        await relay.reply()
        await relay.interrupt(heard="Our store at 12")
        await relay.prompt("Thanks")

        assert "else" in await relay.reply()
    assert (await last_input(stack))[-2:] == [f"Our store at 12 {CUT_MARK}", "Thanks"]


@pytest.mark.parametrize(
    ("interrupt", "kept"),
    [
        pytest.param({"utteranceUntilInterrupt": "Hello, you"}, f"Hello, you {CUT_MARK}", id="cut"),
        pytest.param({}, f"{GREETING} {CUT_MARK}", id="nobody knows where"),
    ],
)
async def test_greeting_may_be_cut_off_too(
    stack: LocalStack, interrupt: dict[str, Any], kept: str
) -> None:
    async with relay_call(stack) as relay:
        await relay.send({"type": "interrupt", **interrupt})
        await relay.prompt(QUESTION)

        assert ANSWER in await relay.reply()
    assert kept in await last_input(stack)


async def test_two_prompts_at_once_get_one_reply_to_both(stack: LocalStack) -> None:
    async with relay_call(stack) as relay:
        await relay.prompt("Hello")
        await relay.prompt(QUESTION)

        assert ANSWER in await relay.reply()
        assert await relay.hang_up() == []
    assert (await last_input(stack))[1:] == ["Hello", QUESTION]


async def test_new_prompt_closes_the_reply_before(stack: LocalStack) -> None:
    async with relay_call(stack) as relay:
        await relay.prompt(QUESTION)
        frames = [await relay.receive() for _ in range(3)]
        await relay.prompt("Where is my order 1042?")
        frames += [*await relay.until(last=True), *await relay.until(last=True)]

    first, second = replies_in(frames)
    assert first.startswith("Our store")
    assert second.startswith("Order 1042")


async def test_end_carries_the_payload_as_text(stack: LocalStack) -> None:
    async with relay_call(stack) as relay:
        await relay.prompt("I want to talk to a person")
        *_, end = await relay.until(type="end")

    assert end.keys() == {"type", "handoffData"}
    payload = json.loads(end["handoffData"])
    assert list(payload) == ["conversationId", "storeId", "profileId", "attributes"]
    assert payload["conversationId"].startswith("conv_conversation_")
    assert payload["storeId"].startswith("mem_store_")
    assert payload["profileId"].startswith("mem_profile_")
    assert "talk to a person" in payload["attributes"]["reason"]
