"""From a customer's message to a human, on every channel, and what happens when that fails."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from agent.conversation import Conversation
from agent.handoff.payload import ATTRIBUTES_BUDGET
from agent.phrases import ENGLISH
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.orchestrator.models import Address, ParticipantRequest
from tests.end_to_end.customers import (
    ASKS_HOURS,
    CHANNELS,
    HOURS,
    WANTS_HUMAN,
    Scene,
)
from tests.end_to_end.model_script import DONE, script, streaming, tool_call

ODD_TEXT = 'He said "no",\nthen \\ {{ flow }} 🙂 '


@pytest.fixture
def scene(stack: LocalStack, driver: Driver) -> Scene:
    return Scene(stack, driver)


def executions_asked_for(scene: Scene) -> list[dict[str, str]]:
    """The form of each execution that the agent asked Studio for."""
    return [
        {name: values[0] for name, values in parse_qs(entry.detail["body"]).items()}
        for entry in scene.stack.twilio.journal.since(0, "request")
        if (entry.detail["product"], entry.detail["method"]) == ("studio", "POST")
    ]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_customer_reaches_a_human(scene: Scene, channel: str) -> None:
    customer = await scene.customer(channel)

    goodbye = await customer.ask(WANTS_HUMAN)
    task = await scene.driver.flex.wait_for_task()
    await scene.settle()

    form = executions_asked_for(scene)[0]
    payload = json.loads(form["Parameters"])["HandoffData"]
    conversation = scene.conversations[0]
    assert "colleague" in goodbye
    assert (form["To"], form["From"]) == (customer.address, customer.agent_address)
    assert payload["conversationId"] == conversation.id
    assert payload["profileId"].startswith("mem_profile_")
    assert payload["attributes"]["reason_code"] == "customer_request"
    assert payload["attributes"].items() <= task.attributes.items()
    assert len(await scene.driver.flex.tasks()) == 1
    assert conversation.status == "INACTIVE"


@pytest.mark.parametrize("channel", CHANNELS)
async def test_goodbye_execution_inactive_come_in_that_order(scene: Scene, channel: str) -> None:
    customer = await scene.customer(channel)

    await customer.ask(WANTS_HUMAN)
    await scene.driver.flex.wait_for_task()
    await scene.settle()

    written = [
        request
        for request in scene.requests()
        if not request.startswith("GET") and "Participants" not in request and "/v1/" not in request
    ]
    assert written == [
        "POST /v2/Conversations/*/Actions",
        "POST /v2/Flows/*/Executions",
        "PUT /v2/Conversations/*",
    ]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_human_and_customer_talk_while_the_agent_is_silent(
    scene: Scene, channel: str
) -> None:
    customer = await scene.customer(channel)
    await customer.ask(WANTS_HUMAN)
    task = await scene.driver.flex.wait_for_task()
    await scene.driver.flex.accept(task.task_sid)

    await scene.driver.flex.say(task.task_sid, "Hi, this is Jordan")
    assert await customer.listen() == "Hi, this is Jordan"
    await customer.send(ASKS_HOURS)
    await scene.driver.flex.say(task.task_sid, "One moment")
    await scene.settle()

    seen = [one.text for one in (await scene.driver.flex.task(task.task_sid)).transcript]
    assert ASKS_HOURS in seen
    assert (await customer.received())[-2:] == ["Hi, this is Jordan", "One moment"]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_events_after_the_handoff_start_no_turn(scene: Scene, channel: str) -> None:
    customer = await scene.customer(channel)
    await customer.ask(WANTS_HUMAN)
    await scene.driver.flex.wait_for_task()
    await scene.settle()
    received = await customer.received()
    first = scene.events("COMMUNICATION_CREATED")[0]

    late = {**first, "data": {**first["data"], "id": "conv_communication_late"}}
    for event in (first, late, scene.events("CONVERSATION_UPDATED")[0]):
        assert await scene.deliver(event, attempt=2) == 200
    await customer.send("Are you still there?")
    await scene.settle()

    assert await customer.received() == received


async def test_attributes_of_settings_and_application_reach_the_task() -> None:
    def compute(conversation: Conversation) -> dict[str, Any]:
        return {"channel_used": conversation.channel, "nested": {"note": ODD_TEXT, "tags": [1, 2]}}

    configured = {"AGENT_HANDOFF_ATTRIBUTES": json.dumps({"priority": "high", "quoted": ODD_TEXT})}
    async with (
        running_locally(configured, compute_attributes=compute) as stack,
        Driver(stack.emulator_url) as driver,
    ):
        await (await Scene(stack, driver).customer("CHAT")).send(WANTS_HUMAN)
        task = await driver.flex.wait_for_task()

    assert task.attributes["priority"] == "high"
    assert task.attributes["quoted"] == ODD_TEXT
    assert task.attributes["channel_used"] == "CHAT"
    assert task.attributes["nested"] == {"note": ODD_TEXT, "tags": [1, 2]}


@pytest.mark.parametrize("reason", [ODD_TEXT, "word " * 400, "🙂" * 500, '"' * 2000])
async def test_any_reason_reaches_the_task_as_json(scene: Scene, reason: str) -> None:
    customer = await scene.customer("CHAT")
    await script(scene.stack, streaming(tool_call(reason=reason, summary="x" * 2000), DONE))

    await customer.send("Hello")
    task = await scene.driver.flex.wait_for_task()

    begins = task.attributes["reason"].rstrip("…")
    assert begins
    assert reason.startswith(begins)
    assert len(task.attributes["reason"]) + len(task.attributes["summary"]) < ATTRIBUTES_BUDGET


async def test_stranger_without_profile_is_handed_over(scene: Scene) -> None:
    customer = await scene.customer("CHAT", "visitor-1")

    await customer.ask(WANTS_HUMAN)
    task = await scene.driver.flex.wait_for_task()

    assert task.attributes["profileId"] == ""


async def test_customer_of_unknown_type_is_handed_over(scene: Scene) -> None:
    chat = await scene.driver.chat.start("ana@example.org")
    orchestrator = scene.stack.twilio.orchestrator
    address = Address(channel="CHAT", address=chat.identity, channel_id=chat.conversation_sid)
    await orchestrator.open_conversation(
        next(iter(orchestrator.configurations.values())),
        [ParticipantRequest(type="UNKNOWN", addresses=[address])],
        configuration_id=scene.stack.settings.conversation_configuration_id,
    )

    await chat.send(WANTS_HUMAN)
    task = await scene.driver.flex.wait_for_task()

    assert task.attributes["customerAddress"] == "ana@example.org"


@pytest.mark.parametrize(
    ("channel", "fault"),
    [
        pytest.param("CHAT", {"status": 400}, id="400"),
        pytest.param("CHAT", {"status": 401}, id="401"),
        pytest.param("CHAT", {"status": 404}, id="404"),
        pytest.param("CHAT", {"status": 409}, id="409"),
        pytest.param("SMS", {"status": 500}, id="500"),
        pytest.param("CHAT", {"status": 503}, id="503"),
        pytest.param("CHAT", {"delay": 1.2, "status": 503}, id="time-out"),
        pytest.param("WHATSAPP", {"drop": "before"}, id="connection dropped"),
    ],
)
async def test_refused_handoff_leaves_the_agent_serving(
    scene: Scene, channel: str, fault: dict[str, Any]
) -> None:
    customer = await scene.customer(channel)
    await scene.driver.fail(product="studio", path="/v2/Flows/*/Executions", method="POST", **fault)

    await customer.ask(WANTS_HUMAN)
    truth = await customer.listen()
    answer = await customer.ask(ASKS_HOURS)

    assert truth == ENGLISH.sorry
    assert HOURS in answer
    assert scene.conversations[0].status == "ACTIVE"
    assert await scene.driver.flex.tasks() == []

    scene.stack.twilio.faults.clear()
    await customer.ask(WANTS_HUMAN)
    await scene.driver.flex.wait_for_task()
    await scene.settle()

    assert len(await scene.driver.flex.tasks()) == 1
    assert (await customer.received()).count(ENGLISH.sorry) == 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            {
                "product": "studio",
                "path": "/v2/Flows/*/Executions",
                "method": "POST",
                "status": 429,
                "headers": {"Retry-After": "0"},
                "times": 1,
            },
            id="Studio busy once",
        ),
        pytest.param(
            {
                "product": "conversations",
                "path": "/v2/Conversations/*",
                "method": "PUT",
                "status": 500,
            },
            id="INACTIVE refused",
        ),
    ],
)
async def test_small_failure_does_not_stop_the_handoff(scene: Scene, fault: dict[str, Any]) -> None:
    customer = await scene.customer("CHAT")
    await scene.driver.fail(**fault)

    await customer.ask(WANTS_HUMAN)
    await scene.driver.flex.wait_for_task()
    await scene.settle()

    assert len(await scene.driver.flex.tasks()) == 1
    assert len(await customer.received()) == 1
