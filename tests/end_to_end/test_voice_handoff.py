"""From the wish for a person to the person: `end` exactly once, whatever goes wrong on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.phrases import ENGLISH
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver, PhoneCall
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER
from tests.conftest import UNHURRIED
from tests.end_to_end.conftest import IMPATIENT_WITH_MODEL
from tests.end_to_end.model_script import (
    AS_USUAL,
    CUT,
    DONE,
    EMPTY,
    FAILING,
    GAVE_UP,
    SLOW,
    Fault,
    script,
    streaming,
    tool_call,
    words,
)
from tests.end_to_end.relay_client import Frame, relay_call, replies_in, text_of

WISH = "I want to talk to a person"
GOODBYE = "I am connecting you with a colleague now."
IMPATIENT_WITH_TWILIO = {**UNHURRIED, "AGENT_TWILIO_SECONDS": "1", "AGENT_MEMORY_SECONDS": "0.3"}
TOOL = streaming(tool_call(number=2), DONE)


async def ask_for_a_person(driver: Driver) -> PhoneCall:
    call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
    await call.listen("AI_AGENT")
    await call.say(WISH)
    return call


async def frames_from_us(driver: Driver, call: PhoneCall) -> list[Frame]:
    return [
        entry.detail["frame"]
        for entry in await driver.journal.read(kind="frame")
        if entry.detail["direction"] == "from_app" and entry.detail["call_sid"] == call.call_sid
    ]


async def test_caller_reaches_a_person(stack: LocalStack, driver: Driver) -> None:
    call = await ask_for_a_person(driver)
    task = await driver.flex.wait_for_task()
    await driver.flex.accept(task.task_sid)
    await driver.flex.say(task.task_sid, "Jordan here")

    assert await call.listen("HUMAN_AGENT") == "Jordan here"
    await driver.settle()
    *goodbye, end = await frames_from_us(driver, call)
    payload = json.loads(end["handoffData"])
    assert text_of(goodbye).startswith(GOODBYE)
    assert not any(frame["interruptible"] for frame in goodbye)
    assert [task.task_sid for task in await driver.flex.tasks()] == [task.task_sid]
    assert len(stack.twilio.studio.executions) == 1
    for name in ("conversationId", "storeId", "profileId"):
        assert task.attributes[name] == payload[name] != ""
    assert task.attributes["reason"] == payload["attributes"]["reason"]
    changes = [entry.detail for entry in await driver.journal.read(kind="conversation")]
    assert "INACTIVE" in {change["status"] for change in changes}
    assert stack.twilio.intelligence.latest_summary(payload["conversationId"])


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        pytest.param([AS_USUAL, FAILING], ENGLISH.connecting_call, id="model fails after the tool"),
        pytest.param([AS_USUAL, EMPTY], ENGLISH.connecting_call, id="empty goodbye"),
        pytest.param([AS_USUAL, CUT], ENGLISH.connecting_call, id="goodbye cut off"),
        pytest.param(
            [AS_USUAL, streaming(tool_call(), DONE)], ENGLISH.connecting_call, id="tool again"
        ),
        pytest.param([streaming(tool_call())], GOODBYE, id="stream broken off after the tool"),
        pytest.param([streaming(tool_call(), GAVE_UP)], GOODBYE, id="model gives up after it"),
        pytest.param(
            [streaming(tool_call(), tool_call(number=2), DONE)], GOODBYE, id="twice in one answer"
        ),
        pytest.param(
            [streaming(words("One moment. "), tool_call(), DONE)], GOODBYE, id="words, then tool"
        ),
        pytest.param([streaming(tool_call(), words("One moment. "), DONE)], GOODBYE, id="and back"),
        pytest.param(
            [streaming(tool_call("lookup_order", order_number="1042"), DONE), TOOL],
            GOODBYE,
            id="after another tool",
        ),
        pytest.param(
            [streaming(tool_call(reason="", profile_id="mem_profile_1"), DONE), TOOL],
            GOODBYE,
            id="after refused arguments",
        ),
    ],
)
async def test_session_ends_once_after_the_goodbye(
    stack: LocalStack, answers: list[Fault], said: str
) -> None:
    await script(stack, *answers)
    async with relay_call(stack) as relay:
        await relay.prompt(WISH)
        *goodbye, end = await relay.until(type="end")
        after = await relay.hang_up()

    assert said in text_of(goodbye)
    assert goodbye[-1]["last"]
    assert json.loads(end["handoffData"])["attributes"]["reason"]
    assert after == []


async def test_slow_goodbye_is_said_without_the_model() -> None:
    async with running_locally(IMPATIENT_WITH_MODEL) as stack, relay_call(stack) as relay:
        await script(stack, AS_USUAL, SLOW)
        await relay.prompt(WISH)
        *goodbye, _end = await relay.until(type="end")

    assert text_of(goodbye).endswith(ENGLISH.connecting_call)


@pytest.mark.parametrize(
    "disturbance",
    [
        [{"type": "interrupt", "utteranceUntilInterrupt": "I am"}],
        [{"type": "prompt", "voicePrompt": "A person, please!"}],
        [{"type": "interrupt"}, {"type": "prompt", "voicePrompt": "A person, please!"}],
    ],
)
async def test_goodbye_disturbed_at_every_frame(disturbance: list[Frame]) -> None:
    async with (
        running_locally({}, token_seconds=0.005) as stack,
        relay_call(stack) as relay,
    ):
        await relay.prompt(WISH)
        frames: list[Frame] = []
        while not frames or frames[-1]["type"] != "end":
            for frame in disturbance:
                await relay.send(frame)
            frames.append(await relay.receive())
        frames += await relay.hang_up()

    assert len(replies_in(frames)) == 1
    assert text_of(frames).startswith(GOODBYE)
    assert [frame["type"] for frame in frames].count("end") == 1


@pytest.mark.parametrize(
    ("fault", "is_known"),
    [  # what is known in the end is waited for longer than it takes
        pytest.param({"method": "PUT", "status": 500}, True, id="INACTIVE refused"),
        pytest.param({"method": "PUT", "drop": "before"}, True, id="INACTIVE unanswered"),
        pytest.param({"path": "*/Participants", "status": 503}, True, id="no participants"),
        pytest.param({"path": "*/Participants", "delay": 1}, True, id="slow participants"),
        pytest.param({"path": "/v2/Conversations", "status": 503}, False, id="lookup refused"),
        pytest.param({"path": "/v2/Conversations", "delay": 60}, False, id="slow lookup"),
        pytest.param(
            {"path": "/v2/Conversations", "drop": "before", "times": 1}, True, id="late lookup"
        ),
        pytest.param({"product": "memory", "status": 503}, True, id="memory down"),
        pytest.param({"product": "memory", "delay": 1}, True, id="slow memory"),
    ],
)
async def test_caller_reaches_a_person_when_twilio_fails(
    fault: dict[str, Any], is_known: bool
) -> None:
    patience = {**IMPATIENT_WITH_TWILIO, "AGENT_LOOKUP_SECONDS": "3" if is_known else "0.6"}
    async with running_locally(patience) as stack, Driver(stack.emulator_url) as driver:
        await driver.fail(**{"product": "conversations", **fault})
        call = await ask_for_a_person(driver)
        task = await driver.flex.wait_for_task()

        assert "asks for a person" in task.attributes["reason"]
        assert task.attributes["conversationId"].startswith("conv_" if is_known else "CA")
        ends = [one for one in await frames_from_us(driver, call) if one["type"] == "end"]
        assert len(ends) == 1


@pytest.mark.parametrize(("conversations", "patience"), [(0, "0.6"), (2, "5")])
async def test_handoff_without_one_clear_conversation(conversations: int, patience: str) -> None:
    async with (
        running_locally({**UNHURRIED, "AGENT_LOOKUP_SECONDS": patience}) as stack,
        relay_call(stack, conversations=conversations) as relay,
    ):
        await relay.prompt(WISH)
        *_, end = await relay.until(type="end")

    newest = relay.conversation_ids[-1:] or [json.loads(end["handoffData"])["conversationId"]]
    assert [json.loads(end["handoffData"])["conversationId"]] == newest
