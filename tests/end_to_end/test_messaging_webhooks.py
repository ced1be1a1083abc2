"""Orchestrator's events as they come: repeated, late, odd. One answer each, never a crash."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio

from agent.channels.inbox import EVENTS_WAITING
from agent.phrases import ENGLISH
from getting_started.local import running_locally
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.orchestrator.models import (
    Address,
    ParticipantRequest,
    ParticipantType,
)
from getting_started.twilio_emulator.seed import AGENT_NUMBER
from tests.end_to_end.conftest import IMPATIENT
from tests.end_to_end.customers import ASKS_HOURS, HOURS, Customer, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")
Change = dict[str, Any]
NUMBERS = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Scene]:
    """One for the module: each test has customers of its own."""
    async with running_locally(IMPATIENT) as stack, Driver(stack.emulator_url) as driver:
        yield Scene(stack, driver)


@pytest.fixture
def address() -> str:
    return f"+155502{next(NUMBERS):05d}"


@pytest_asyncio.fixture(loop_scope="module")
async def customer(scene: Scene, address: str) -> Customer:
    """One who has said hello on SMS and was answered."""
    customer = await scene.customer("SMS", address)
    await customer.ask("Hello")
    await scene.settle()
    return customer


def next_message(
    scene: Scene, customer: Customer, *, author: object = None, **changes: Any
) -> dict[str, Any]:
    """The customer's first event again, as one for another message; `...` takes a field away."""
    event = next(
        event
        for event in scene.events("COMMUNICATION_CREATED")
        if event["data"]["author"]["address"] == customer.address
    )
    data = {
        **event["data"],
        "id": f"conv_communication_next_{customer.address}",
        "content": {"type": "TEXT", "text": ASKS_HOURS},
        "author": _without_gaps({**event["data"]["author"], **author})
        if isinstance(author, dict)
        else author or event["data"]["author"],
        **changes,
    }
    return {**event, "data": _without_gaps(data)}


def _without_gaps(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not ...}


async def test_half_a_character_spoils_no_conversation(scene: Scene, customer: Customer) -> None:
    """As of an emoji that was cut in two: it can be written in JSON, and nowhere else."""
    text = f"{ASKS_HOURS} \ud83d"
    await scene.deliver(next_message(scene, customer, content={"type": "TEXT", "text": text}))

    assert HOURS in await customer.listen()


@pytest.mark.parametrize("attempts", [(1, 1), (1, 2)])
async def test_repeated_message_is_answered_once(
    scene: Scene, customer: Customer, attempts: tuple[int, int]
) -> None:
    event = next_message(scene, customer)

    statuses = await asyncio.gather(
        *(scene.deliver(event, attempt=attempt) for attempt in attempts)
    )
    await scene.settle()

    assert statuses == [200, 200]
    assert len(await customer.received()) == 2


async def test_message_from_before_is_answered_too(scene: Scene, customer: Customer) -> None:
    await scene.deliver(next_message(scene, customer, createdAt="2020-01-01T00:00:00Z"))
    await scene.settle()

    assert HOURS in (await customer.received())[-1]


@pytest.mark.parametrize("channel", ["SMS", "CHAT"])
async def test_two_first_messages_at_once_find_one_agent(scene: Scene, channel: str) -> None:
    customer = await scene.customer(channel)

    await asyncio.gather(customer.send("Where is my order 1042?"), customer.send(ASKS_HOURS))
    await scene.settle()

    assert await customer.received()
    participants = scene.conversation_of(customer).participants.values()
    assert sorted(one.type for one in participants) == ["AI_AGENT", "CUSTOMER"]


async def test_ten_quick_messages_keep_their_order(scene: Scene, address: str) -> None:
    customer = await scene.customer("CHAT", address)
    questions = [f"{ASKS_HOURS} {number}" for number in range(10)]

    for question in questions:
        await customer.send(question)
    await scene.settle()

    answers = await customer.received()
    last = (await scene.model_requests())[-1]["input"]
    asked = [item["content"] for item in last if item.get("role") == "user"]
    assert "\n".join(text for text in asked if "memory" not in text).split("\n") == questions
    assert [item["content"] for item in last if item.get("role") == "assistant"] == answers[:-1]


async def test_flood_of_one_customer_is_bounded(
    scene: Scene, customer: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    messaging = scene.stack.app.state.agent.messaging
    events = [
        next_message(scene, customer, id=f"conv_communication_{number}")
        for number in range(EVENTS_WAITING + 50)
    ]
    await asyncio.gather(*(messaging.accept(event) for event in events))
    await scene.settle()

    assert caplog.text.count("too many are waiting") == 50
    assert len(await customer.received()) == 2


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"content": {"type": "TEXT", "text": ""}}, id="empty text"),
        pytest.param({"content": {"type": "TEXT", "text": " \n"}}, id="blank text"),
        pytest.param({"content": {"type": "TEXT", "text": None}}, id="no text"),
        pytest.param({"content": {"type": "MEDIA", "media": [{"sid": "ME1"}]}}, id="media only"),
        pytest.param({"content": None}, id="null content"),
        pytest.param({"content": ...}, id="no content"),
    ],
)
async def test_message_without_words_gets_a_polite_answer(
    scene: Scene, customer: Customer, changes: Change
) -> None:
    await scene.deliver(next_message(scene, customer, **changes))
    await scene.settle()

    assert (await customer.received())[1:] == [ENGLISH.only_text]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {
                "recipients": [
                    {
                        "address": AGENT_NUMBER,
                        "channel": "SMS",
                        "participantId": "conv_participant_1",
                        "deliveryStatus": "READ",
                    }
                ]
            },
            id="status READ",
        ),
        pytest.param({"recipients": None}, id="null recipients"),
        pytest.param({"recipients": [{"channel": "VIDEO"}]}, id="recipient on VIDEO"),
        pytest.param({"createdAt": "2026-11-02T10:15:00.123456789+00:00 UTC"}, id="long time"),
        pytest.param({"createdAt": ..., "updatedAt": ..., "accountId": ...}, id="fields missing"),
        pytest.param({"channelId": ...}, id="no channelId"),
        pytest.param({"author": {"participantId": ...}}, id="author without participant"),
        pytest.param({"author": {"participantId": None}}, id="null participant"),
        pytest.param(
            {"content": {"type": "RICH_CARD", "text": ASKS_HOURS, "card": {}}}, id="odd content"
        ),
        pytest.param({"serviceId": "IS1", "new_field": {"a": [1]}}, id="unknown fields"),
    ],
)
async def test_odd_message_is_answered(scene: Scene, customer: Customer, changes: Change) -> None:
    await scene.deliver(next_message(scene, customer, **changes))
    await scene.settle()

    answers = (await customer.received())[1:]
    assert len(answers) == 1
    assert HOURS in answers[0]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"author": {"address": AGENT_NUMBER}}, id="own message"),
        pytest.param({"author": {"channel": "VIDEO"}}, id="VIDEO"),
        pytest.param({"author": {"channel": "VOICE"}}, id="speech of a call"),
        pytest.param({"author": {"channel": "EMAIL"}}, id="EMAIL"),
        pytest.param({"author": {"address": ...}}, id="no address"),
        pytest.param({"author": "ana"}, id="author as text"),
        pytest.param({"author": ...}, id="no author"),
        pytest.param({"conversationId": ...}, id="no conversation"),
        pytest.param({"conversationId": ["conv_conversation_1"]}, id="conversation as list"),
    ],
)
async def test_message_of_nobody_we_serve_is_left_alone(
    scene: Scene, customer: Customer, changes: Change, caplog: pytest.LogCaptureFixture
) -> None:
    status = await scene.deliver(next_message(scene, customer, **changes))
    await scene.settle()

    assert status == 200
    assert len(await customer.received()) == 1
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(
    ("kind", "changes", "answers"),
    [
        ("CUSTOMER", {"name": None, "profile_id": None}, 1),
        ("CUSTOMER", {"addresses": [Address(channel="VIDEO", address="ana")]}, 1),
        ("UNKNOWN", {}, 1),
        (None, {}, 1),
        ("HUMAN_AGENT", {}, 0),
        ("HUMAN_AGENT", {"name": None}, 0),
        ("AI_AGENT", {}, 0),
        ("AGENT", {}, 0),
        ("SUPERVISOR", {}, 0),
    ],
)
async def test_only_customers_are_answered(
    scene: Scene, customer: Customer, kind: str | None, changes: Change, answers: int
) -> None:
    conversation = scene.conversation_of(customer)
    address = Address(channel="SMS", address="+15550100009")
    before = len(scene.requests())
    author = scene.stack.twilio.orchestrator.add_participant(
        conversation, ParticipantRequest(addresses=[address])
    )
    author.type = cast("ParticipantType", kind)
    for name, value in changes.items():
        setattr(author, name, value)
    spoken_by = {"address": address.address, "channel": "SMS", "participantId": author.id}

    await scene.deliver(next_message(scene, customer, author=spoken_by))
    await scene.settle()

    sent = scene.requests()[before:].count("POST /v2/Conversations/*/Actions")
    assert sent == answers


@pytest.mark.parametrize(
    "event",
    [
        {"eventType": "PARTICIPANT_ADDED", "data": {"id": "conv_participant_1"}},
        {"eventType": "COMMUNICATION_UPDATED", "data": {"conversationId": "conv_conversation_1"}},
        {"eventType": "SOMETHING_NEW", "data": {}},
        {"eventType": ["COMMUNICATION_CREATED"], "data": {}},
        {"eventType": "COMMUNICATION_CREATED"},
        {"eventType": "COMMUNICATION_CREATED", "data": []},
        {"eventType": "CONVERSATION_UPDATED", "data": {"id": ["x"], "status": "CLOSED"}},
        {"eventType": "CONVERSATION_UPDATED", "data": {"id": "conv_unknown", "status": "ODD"}},
        {"eventType": "CONVERSATION_UPDATED", "data": {"status": "CLOSED"}},
        {},
    ],
)
async def test_odd_event_is_ignored(
    scene: Scene, event: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert await scene.deliver(event) == 200
    await scene.settle()

    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_message_behind_the_end_of_its_conversation_is_answered(
    scene: Scene, customer: Customer
) -> None:
    closed = {"id": scene.conversation_of(customer).id, "status": "CLOSED"}

    await scene.deliver({"eventType": "CONVERSATION_UPDATED", "data": closed})
    await scene.deliver(next_message(scene, customer))
    await scene.settle()

    assert HOURS in (await customer.received())[-1]


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"{", b"\xff", b"[" * 200_000, b""])
async def test_genuine_body_that_is_no_object_is_refused(scene: Scene, body: bytes) -> None:
    assert await scene.deliver_body(body) == 400


@pytest.mark.parametrize(
    ("target", "host"),
    [(b"/webhook", b"["), (b"/webhook?bodySHA256=%ff%00", b"x"), (b"/webhook", b"a@b:99999999")],
)
async def test_hostile_request_is_refused_without_a_crash(
    scene: Scene, target: bytes, host: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    url = httpx.URL(scene.stack.agent_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    headers = b"Content-Type: application/json\r\nX-Twilio-Signature: x\r\nContent-Length: 2"
    writer.write(b"POST %b HTTP/1.1\r\nHost: %b\r\n%b\r\n\r\n{}" % (target, host, headers))

    status = await reader.readline()
    writer.close()

    assert status.split()[1] in (b"403", b"400")
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


async def test_sender_that_leaves_in_the_middle_is_no_crash(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    url = httpx.URL(scene.stack.agent_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    headers = b"Content-Type: application/json\r\nX-Twilio-Signature: x\r\nContent-Length: 9"
    writer.write(b"POST /webhook HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n{}" % headers)
    await writer.drain()
    writer.write_eof()

    await reader.read()
    writer.close()
    await scene.settle()

    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
