"""Nobody is stranded when a session ends: a person, the agent once more, or the caller is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from tac.models.outbound import InitiateVoiceConversationOptions

from agent.handoff.payload import Escalation, HandoffPayload, build_attributes
from agent.handoff.reasons import ARRIVALS, Way
from agent.handoff.record import HandoffRecord, HandoffState
from agent.phrases import ENGLISH
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver, PhoneCall
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER
from tests.end_to_end.model_script import last_input

WISH = "I want to talk to a person"
ORDER = "Where is my order 1042?"
PENDING = "/handoffs/pending"
NEXT_STEP = "/handoffs/next-step"
CALLED_BACK = ARRIVALS[Way.CALLBACK].caller_hears(ENGLISH)
BY_US = {"AGENT_VOICE_ACTION": "app"}
BY_THE_FLOW = {"AGENT_VOICE_ACTION": "studio"}
OF_THE_AGENT = "virtual agent unavailable"


@asynccontextmanager
async def running(
    environment: dict[str, str], *, has_further_ways: bool = False
) -> AsyncIterator[tuple[LocalStack, Driver]]:
    async with (
        running_locally(environment, has_further_ways=has_further_ways) as stack,
        Driver(stack.emulator_url) as driver,
    ):
        yield stack, driver


def without_workflow(stack: LocalStack) -> None:
    """As in an account for which no workflow is set."""
    stack.app.state.agent.call_ends._workflow_sid = None


async def pick_up(driver: Driver) -> PhoneCall:
    call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
    await call.listen("AI_AGENT")
    return call


async def call_out(stack: LocalStack, driver: Driver) -> PhoneCall:
    voice = stack.app.state.agent.voice
    await voice.initiate_outbound_conversation(InitiateVoiceConversationOptions(to=CUSTOMER_NUMBER))
    call = await driver.phone.wait_for_call(CUSTOMER_NUMBER)
    await call.listen("AI_AGENT")
    return call


async def reaches_a_person(driver: Driver, call: PhoneCall) -> dict[str, Any]:
    task = await driver.flex.wait_for_task()
    await driver.flex.accept(task.task_sid)
    await driver.flex.say(task.task_sid, "Jordan here")
    assert await call.listen("HUMAN_AGENT") == "Jordan here"
    assert len(await driver.flex.tasks()) == 1
    return task.attributes


async def leave_pending(stack: LocalStack, call: PhoneCall, *states: HandoffState) -> str:
    """What a process that died before `end` leaves behind."""
    engine = connect(stack.settings.database_url)
    store = HandoffStore(engine)
    try:
        record = await store.claim(
            thread=call.call_sid,
            channel="VOICE",
            customer_address=CUSTOMER_NUMBER,
            agent_address=AGENT_NUMBER,
            payload=HandoffPayload(
                conversation_id="conv_conversation_1",
                memory_store_id="mem_store_1",
                profile_id="",
                attributes=build_attributes(
                    Escalation(reason='said "now" {now} }} "end'),
                    {"order": {"number": 1042}},
                    handoff_id="handoff_1",
                ),
            ),
        )
        for state in states:
            failure = "caller_left" if state is HandoffState.FAILED else ""
            record = await store.move(record, state, failure=failure)
        return record.id
    finally:
        await engine.dispose()


async def latest_record(stack: LocalStack, call: PhoneCall) -> HandoffRecord:
    engine = connect(stack.settings.database_url)
    try:
        record = await HandoffStore(engine).latest(call.call_sid)
        assert record is not None
        return record
    finally:
        await engine.dispose()


async def latest(stack: LocalStack, call: PhoneCall) -> tuple[HandoffState, str]:
    record = await latest_record(stack, call)
    return record.state, record.failure


LEFT_BEHIND = [
    pytest.param([], id="requested"),
    pytest.param([HandoffState.DELIVERING], id="delivering"),
    pytest.param(
        [HandoffState.DELIVERING, HandoffState.FAILED], id="the socket broke in the goodbye"
    ),
]


@pytest.mark.parametrize("environment", [BY_THE_FLOW, BY_US], ids=["flow", "app"])
@pytest.mark.parametrize("states", LEFT_BEHIND)
async def test_handoff_left_behind_leads_to_the_person(
    environment: dict[str, str], states: list[HandoffState]
) -> None:
    async with running(environment) as (stack, driver):
        call = await pick_up(driver)
        await leave_pending(stack, call, *states)
        await call.drop_socket()
        attributes = await reaches_a_person(driver, call)

        assert attributes["conversationId"] == "conv_conversation_1"
        assert attributes["storeId"] == "mem_store_1"
        assert attributes["reason"] == 'said "now" {now} }} "end'
        assert attributes["order"] == {"number": 1042}
        assert (attributes["type"], attributes["name"]) == ("inbound", CUSTOMER_NUMBER)
        state, failure = await latest(stack, call)
        assert state in {HandoffState.DELIVERED, HandoffState.QUEUED, HandoffState.ACCEPTED}
        assert failure == ""


@pytest.mark.parametrize("environment", [BY_THE_FLOW, BY_US], ids=["flow", "app"])
async def test_agent_goes_on_where_it_was_cut_off(environment: dict[str, str]) -> None:
    async with running(environment) as (stack, driver):
        call = await pick_up(driver)
        await call.say(ORDER)
        await call.listen("AI_AGENT")
        await call.drop_socket()

        assert await call.listen("AI_AGENT") == ENGLISH.cut_off
        await call.say("Hello?")
        await call.listen("AI_AGENT")
        assert ORDER in await last_input(stack)
        assert await driver.flex.tasks() == []


@pytest.mark.parametrize("environment", [BY_THE_FLOW, BY_US], ids=["flow", "app"])
async def test_handoff_of_the_second_session(environment: dict[str, str]) -> None:
    async with running(environment) as (_stack, driver):
        call = await pick_up(driver)
        await call.drop_socket()
        await call.listen("AI_AGENT")
        await call.say(WISH)
        attributes = await reaches_a_person(driver, call)

        assert "asks for a person" in attributes["reason"]
        assert attributes["conversationId"].startswith("conv_")


@pytest.mark.parametrize("environment", [BY_THE_FLOW, BY_US], ids=["flow", "app"])
async def test_second_loss_leads_to_a_person(environment: dict[str, str]) -> None:
    async with running(environment) as (_stack, driver):
        call = await pick_up(driver)
        for _ in range(2):
            await call.drop_socket()
            words = await call.listen()
        attributes = await reaches_a_person(driver, call)

        assert "connecting you with a person" in words
        assert attributes["reason"] == OF_THE_AGENT


@pytest.mark.parametrize("environment", [BY_THE_FLOW, BY_US], ids=["flow", "app"])
@pytest.mark.parametrize("drops", [0, 1])
async def test_caller_who_hangs_up_makes_no_task(environment: dict[str, str], drops: int) -> None:
    async with running(environment) as (stack, driver):
        call = await pick_up(driver)
        for _ in range(drops):
            await call.drop_socket()
            await call.listen("AI_AGENT")
        await call.hang_up()
        await driver.settle()

        assert await driver.flex.tasks() == []
        assert all(not one.is_active for one in stack.twilio.studio.executions.values())


async def test_lost_without_workflow_gets_honest_words() -> None:
    async with running(BY_US) as (stack, driver):
        without_workflow(stack)
        call = await pick_up(driver)
        await call.drop_socket()
        await call.listen("AI_AGENT")
        await call.drop_socket()

        assert await call.listen("FLOW") == ENGLISH.nobody_there
        await call.wait_until_over()


async def test_wish_without_workflow_keeps_the_agent() -> None:
    async with running(BY_US) as (stack, driver):
        without_workflow(stack)
        call = await pick_up(driver)
        for _ in range(2):
            await call.say(WISH)
            await call.listen("AI_AGENT")

            assert await call.listen("AI_AGENT") == ENGLISH.sorry
            assert await latest(stack, call) == (HandoffState.FAILED, "no_workflow")
        await call.say("When are you open?")
        assert "12 Harbor Street" in await call.listen("AI_AGENT")


async def test_key_for_a_person_when_no_more_can_be_asked_for() -> None:
    async with running({**BY_US, "AGENT_MAX_HANDOFFS": "1"}) as (stack, driver):
        without_workflow(stack)
        call = await pick_up(driver)
        await call.press("0#")
        assert await call.listen("AI_AGENT") == ENGLISH.connecting_call
        assert await call.listen("AI_AGENT") == ENGLISH.sorry
        await call.press("0#")

        assert await call.listen("AI_AGENT") == ENGLISH.sorry


async def test_nobody_takes_the_call_from_the_queue() -> None:
    async with running(BY_US) as (stack, driver):
        call = await pick_up(driver)
        await call.say(WISH)
        task = await driver.flex.wait_for_task()
        await stack.twilio.taskrouter.cancel(task.task_sid, "nobody there")

        assert await call.listen("FLOW") == ENGLISH.nobody_there
        await call.wait_until_over()


@pytest.mark.parametrize("environment", [BY_THE_FLOW, BY_US], ids=["flow", "app"])
@pytest.mark.parametrize(
    ("ways", "fault", "words", "next_step"),
    [
        pytest.param("callback", {}, CALLED_BACK, "callback", id="callback"),
        pytest.param("studio", {}, ENGLISH.nobody_there, "", id="no other way"),
        pytest.param("callback", {"status": 400}, ENGLISH.nobody_there, "", id="callback refused"),
    ],
)
async def test_caller_whom_nobody_took_hears_what_comes_next(
    environment: dict[str, str], ways: str, fault: dict[str, Any], words: str, next_step: str
) -> None:
    environment = {**environment, "AGENT_HANDOFF_WAYS": ways}
    async with running(environment, has_further_ways=True) as (stack, driver):
        call = await pick_up(driver)
        await call.say(WISH)
        task = await driver.flex.wait_for_task()
        if fault:
            await driver.fail(product="taskrouter", path="*/Tasks", method="POST", **fault)
        await stack.twilio.taskrouter.cancel(task.task_sid, "nobody there")

        assert await call.listen("FLOW") == words
        await call.wait_until_over()
        assert (await latest_record(stack, call)).next_step == next_step
        callbacks = [one for one in await driver.flex.tasks() if one.workflow == "Assign callbacks"]
        assert len(callbacks) == (next_step == "callback")


async def test_wish_without_workflow_is_called_back_and_keeps_the_agent() -> None:
    async with running(BY_US, has_further_ways=True) as (stack, driver):
        without_workflow(stack)
        call = await pick_up(driver)
        await call.say(WISH)
        await call.listen("AI_AGENT")

        assert await call.listen("AI_AGENT") == ARRIVALS[Way.CALLBACK].customer_hears(ENGLISH)
        assert (await latest_record(stack, call)).next_step == "callback"
        await call.say("When are you open?")
        assert "12 Harbor Street" in await call.listen("AI_AGENT")


@pytest.mark.parametrize("environment", [BY_THE_FLOW, BY_US], ids=["flow", "app"])
async def test_call_we_place_reaches_a_person(environment: dict[str, str]) -> None:
    async with running(environment) as (stack, driver):
        call = await call_out(stack, driver)
        await call.drop_socket()
        await call.listen("AI_AGENT")
        await call.say(WISH)
        attributes = await reaches_a_person(driver, call)

        assert (attributes["type"], attributes["name"]) == ("outbound", CUSTOMER_NUMBER)
        assert "asks for a person" in attributes["reason"]
        assert stack.twilio.studio.executions == {}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nobody"),
        pytest.param({"Authorization": "Basic"}, id="no password"),
        pytest.param({"Authorization": "Basic c3R1ZGlvOg=="}, id="empty password"),
        pytest.param({"Authorization": "Basic c3R1ZGlvOnNlY3JldA=="}, id="wrong password"),
        pytest.param({"Authorization": "Bearer c3R1ZGlvOg=="}, id="another scheme"),
        pytest.param({"Authorization": "Basic \u00e9"}, id="no ASCII"),
    ],
)
async def test_only_the_flow_may_ask(stack: LocalStack, headers: dict[str, str]) -> None:
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    async with httpx.AsyncClient(base_url=stack.agent_url) as client:
        for method, path in (("GET", PENDING), ("POST", NEXT_STEP)):
            answer = await client.request(method, path, params={"CallSid": "CA1"}, headers=encoded)

            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == "Basic"


async def test_handoff_is_given_once() -> None:
    secret = "a-secret-of-our-own"  # noqa: S105 - invented
    async with running({"AGENT_FLOW_SECRET": secret}) as (stack, driver):
        call = await pick_up(driver)
        handoff_id = await leave_pending(stack, call)
        async with httpx.AsyncClient(base_url=stack.agent_url, auth=("studio", secret)) as client:
            first, second = [
                (await client.get(PENDING, params={"CallSid": call.call_sid})).json()
                for _ in range(2)
            ]

    assert first["pending"]
    assert first["HandoffData"]["attributes"]["handoffId"] == handoff_id
    assert second == {"pending": False, "HandoffData": None}


async def test_flow_without_an_answer_offers_the_agent_all_the_same() -> None:
    async with running({"AGENT_FLOW_SECRET": "not-what-the-flow-has"}) as (_, driver):
        call = await pick_up(driver)
        await call.drop_socket()

        assert await call.listen("AI_AGENT") == ENGLISH.cut_off
