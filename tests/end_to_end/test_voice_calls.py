"""A caller's experience: always answered, never talked over, and nothing kept after hanging up."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tac.models.outbound import InitiateVoiceConversationOptions

from agent.phrases import ENGLISH
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver, PhoneCall
from getting_started.twilio_emulator.faults import Fault as TwilioFault
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
    last_input,
    model_requests,
    script,
    streaming,
    tool_call,
    words,
)
from tests.end_to_end.relay_client import relay_call, replies_in

QUESTION = "When are you open?"
ANSWER = "Our store at 12 Harbor Street"
ORDER = "Where is my order 1042?"
CALLS = 50
FORGETTING = {"AGENT_REOPEN_SECONDS": "0"}


async def pick_up(driver: Driver) -> PhoneCall:
    call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
    await call.listen("AI_AGENT")
    return call


def kept(stack: LocalStack) -> dict[str, int]:
    """How much the agent still holds of calls, by where."""
    voice = stack.app.state.agent.voice
    provider = voice._provider
    held = {
        "conversations": provider._parts.conversations,
        "calls": provider._calls,
        "work": provider._background,
        "TAC's conversations": voice._conversations,
        "TAC's sockets": provider._websocket_manager,
        "TAC's sessions": provider.session_manager,
    }
    return {name: len(one) for name, one in held.items() if len(one)}


async def nothing_is_kept(stack: LocalStack) -> None:
    async with asyncio.timeout(5):
        while kept(stack):  # noqa: ASYNC110 - the agent tells nobody when it forgets
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(FAILING, ENGLISH.apology, id="refused"),
        pytest.param(EMPTY, ENGLISH.apology, id="empty"),
        pytest.param({"cut_after_tokens": 0}, ENGLISH.apology, id="cut at once"),
        pytest.param(CUT, f" {ENGLISH.apology_after_words}", id="cut"),
        pytest.param(
            streaming(words("Well,"), GAVE_UP), f" {ENGLISH.apology_after_words}", id="gives up"
        ),
        pytest.param(
            streaming({"type": "error", "message": "no"}), ENGLISH.apology, id="error event"
        ),
        pytest.param(streaming("garbage\n\n"), ENGLISH.apology, id="no events"),
        pytest.param(streaming("data: {broken\n\n"), ENGLISH.apology, id="broken events"),
        pytest.param(streaming(tool_call("no_such_tool"), DONE), "", id="unknown tool"),
    ],
)
async def test_failing_model_is_apologised_for(stack: LocalStack, answer: Fault, said: str) -> None:
    await script(stack, answer)
    async with relay_call(stack) as relay:
        await relay.prompt("Hello")
        reply = await relay.reply()
        await relay.prompt(QUESTION)

        assert reply.endswith(said)
        assert reply.strip()
        assert ANSWER in await relay.reply()


async def test_slow_model_is_apologised_for() -> None:
    async with running_locally(IMPATIENT_WITH_MODEL) as stack, relay_call(stack) as relay:
        await script(stack, SLOW)
        await relay.prompt("Hello")

        assert await relay.reply() == ENGLISH.apology


async def test_model_down_for_good_leads_to_a_person(stack: LocalStack) -> None:
    await script(stack, *[FAILING] * 3)
    async with relay_call(stack) as relay:
        await relay.prompt("Hello")
        assert await relay.reply() == ENGLISH.apology
        await relay.prompt(QUESTION)
        *words, end = await relay.until(type="end")

    assert replies_in(words) == [ENGLISH.trouble, ENGLISH.connecting_call]
    attributes = json.loads(end["handoffData"])["attributes"]
    assert attributes["reason_code"] == "technical"
    assert QUESTION in attributes["reason"]


async def test_failures_that_are_not_in_a_row_are_apologised_for(stack: LocalStack) -> None:
    await script(stack, FAILING, AS_USUAL, AS_USUAL, FAILING)
    async with relay_call(stack) as relay:
        replies = []
        for _ in range(3):
            await relay.prompt(QUESTION)
            replies.append(await relay.reply())

        assert [reply == ENGLISH.apology for reply in replies] == [True, False, True]


async def test_slow_model_is_bridged_and_its_fallback_asked() -> None:
    environment = {
        "AGENT_FILLER_SECONDS": "0.05",
        "AGENT_HEDGE_SECONDS": "0.3",
        "OPENAI_FALLBACK_MODEL": "demo-fallback",
    }
    async with running_locally(environment) as stack, relay_call(stack) as relay:
        await script(stack, {"delay": 30})
        await relay.prompt(QUESTION)
        reply = await relay.reply()

        assert reply.startswith(ENGLISH.fillers)
        assert ANSWER in reply
        assert "demo-fallback" in [one["model"] for one in await model_requests(stack)]


async def test_handoff_goes_on_when_the_caller_cuts_in() -> None:
    environment = {**UNHURRIED, "AGENT_CHECK_WORKERS": "true"}
    async with running_locally(environment, has_further_ways=True) as stack:
        stack.twilio.faults.add(TwilioFault(path="*/RealTimeStatistics", delay=0.5, times=1))
        await script(stack, streaming(words("I will ask. "), tool_call(), DONE))
        async with relay_call(stack) as relay:
            await relay.prompt("I want to talk to a person")
            while stack.twilio.faults.rules:  # noqa: ASYNC110 - nobody tells when it is used up
                await asyncio.sleep(0)
            await relay.interrupt(heard="I will")
            await relay.prompt("Hello?")
            *said, end = await relay.until(type="end")
        told = await last_input(stack)

    assert replies_in(said)[0] == "I will ask."
    assert json.loads(end["handoffData"])["attributes"]["reason_code"] == "customer_request"
    assert told[-2:] == ["I will [interrupted by the caller]", "Hello?"]


async def test_transfer_that_begins_while_it_stops_is_finished() -> None:
    environment = {**UNHURRIED, "AGENT_CHECK_WORKERS": "true"}
    async with running_locally(environment, has_further_ways=True) as stack:
        stack.twilio.faults.add(TwilioFault(path="*/RealTimeStatistics", delay=0.5, times=1))
        async with relay_call(stack) as relay:
            await relay.prompt("I want to talk to a person")
            while stack.twilio.faults.rules:  # noqa: ASYNC110 - nobody tells when it is used up
                await asyncio.sleep(0)
        await stack.app.state.agent.voice.finish()

        assert "work" not in kept(stack)


async def test_caller_cuts_in() -> None:
    stack = running_locally({}, token_seconds=0.01)
    async with stack as running, Driver(running.emulator_url) as driver:
        call = await pick_up(driver)
        await call.say(QUESTION)
        await driver.journal.wait_for(
            "frame", lambda frame: " at" in frame["frame"].get("token", "")
        )
        await call.interrupt(ORDER, heard="Our store")
        cut, answer = await call.listen("AI_AGENT"), await call.listen("AI_AGENT")

        assert cut == "Our store"
        assert answer.startswith("Order 1042")
        said = await last_input(running)
        assert "Our store [interrupted by the caller]" in said
        assert not any(text.startswith(ANSWER) for text in said)


async def test_zero_may_be_a_key_like_any_other() -> None:
    async with (
        running_locally({"AGENT_HUMAN_KEY": "none"}) as stack,
        relay_call(stack) as relay,
    ):
        for key in "0#":
            await relay.send({"type": "dtmf", "digit": key})
        await relay.reply()

        assert (await last_input(stack))[-1].startswith("0 ")


async def before_the_first_words(call: PhoneCall, driver: Driver) -> None:
    """Hung up during the greeting."""


async def during_a_reply(call: PhoneCall, driver: Driver) -> None:
    since = await driver.journal.last_number()
    await call.say(QUESTION)
    await driver.journal.wait_for("frame", since=since, matches=is_from_us)


async def during_the_goodbye(call: PhoneCall, driver: Driver) -> None:
    since = await driver.journal.last_number()
    await call.say("I want to talk to a person")
    await driver.journal.wait_for("frame", since=since, matches=is_from_us)


async def while_waiting(call: PhoneCall, driver: Driver) -> None:
    await call.say("I want to talk to a person")
    await driver.flex.wait_for_task()


def is_from_us(detail: dict[str, Any]) -> bool:
    return bool(detail["direction"] == "from_app")


@pytest.mark.parametrize(
    ("moment", "tasks"),
    [
        (before_the_first_words, []),
        (during_a_reply, []),
        (during_the_goodbye, []),
        (while_waiting, ["canceled"]),
    ],
)
async def test_caller_hangs_up(moment: Any, tasks: list[str]) -> None:
    stack = running_locally(FORGETTING, token_seconds=0.02)
    async with stack as running, Driver(running.emulator_url) as driver:
        call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
        await moment(call, driver)
        await call.hang_up()
        await nothing_is_kept(running)
        await driver.settle()

        assert [task.status for task in await driver.flex.tasks()] == tasks


async def test_nothing_is_kept_of_many_calls() -> None:
    async with running_locally(FORGETTING) as stack:
        for number in range(CALLS):
            async with relay_call(stack) as relay:
                await relay.prompt("I want to talk to a person")
                if number % 5 == 0:
                    await relay.until(type="end")

        await nothing_is_kept(stack)


async def test_second_socket_of_a_call_outlives_the_first() -> None:
    call_sid = "CA" + "7" * 32
    async with running_locally(FORGETTING) as stack:
        async with relay_call(stack, call_sid=call_sid) as second:
            async with relay_call(stack, call_sid=call_sid) as first:
                await first.prompt(ORDER)
                await first.reply()
            await second.prompt(QUESTION)

            assert ANSWER in await second.reply()
        assert ORDER in await last_input(stack)
        await nothing_is_kept(stack)


@pytest.mark.parametrize(("seconds", "is_kept"), [("60", True), ("0", False)])
async def test_session_after_the_first_goes_on_for_a_while(seconds: str, is_kept: bool) -> None:
    call_sid = "CA" + "8" * 32
    async with running_locally({"AGENT_REOPEN_SECONDS": seconds}) as stack:
        async with relay_call(stack, call_sid=call_sid) as first:
            await first.prompt(ORDER)
            await first.reply()
        if not is_kept:
            await nothing_is_kept(stack)
        async with relay_call(stack, call_sid=call_sid) as second:
            await second.prompt(QUESTION)
            await second.reply()

        assert (ORDER in await last_input(stack)) is is_kept


async def test_call_we_place_has_our_own_action(stack: LocalStack, driver: Driver) -> None:
    voice = stack.app.state.agent.voice
    await voice.initiate_outbound_conversation(InitiateVoiceConversationOptions(to=CUSTOMER_NUMBER))
    call = await driver.phone.wait_for_call(CUSTOMER_NUMBER)
    greeting = await call.listen("AI_AGENT")
    await call.say(QUESTION)
    answer = await call.listen("AI_AGENT")
    await call.hang_up()

    assert greeting == stack.settings.welcome_greeting
    assert ANSWER in answer
    asked = [entry.detail["url"] for entry in await driver.journal.read(kind="webhook")]
    assert stack.agent_url + stack.settings.action_path in asked
    assert not any("/Flows/" in url for url in asked)
