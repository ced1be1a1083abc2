"""Twilio's APIs failing under a conversation, its cost in requests, and what is left behind."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from agent.channels.messaging_channels import SESSIONS_KEPT
from agent.channels.outbox import LONGEST_MESSAGE, split_message
from agent.conversation import IDLE_SECONDS
from agent.phrases import ENGLISH
from agent.store.database import connect
from agent.store.lost_messages import LostMessage, LostMessages
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver
from tests.end_to_end.conftest import IMPATIENT
from tests.end_to_end.customers import ASKS_HOURS, CHANNELS, HOURS, Customer, Scene
from tests.end_to_end.metrics import WITH_METRICS, counted
from tests.end_to_end.model_script import (
    CUT,
    DONE,
    EMPTY,
    FAILING,
    GAVE_UP,
    Fault,
    script,
    streaming,
    words,
)

PARTICIPANTS = {"product": "conversations", "path": "/v2/Conversations/*/Participants"}
CLASSIC = {"product": "conversations", "path": "/v1/*/Messages", "method": "POST"}
ACTIONS = {"product": "conversations", "path": "/v2/Conversations/*/Actions", "method": "POST"}


@pytest.fixture
def scene(stack: LocalStack, driver: Driver) -> Scene:
    return Scene(stack, driver)


async def known_to_another_process(scene: Scene, channel: str) -> Customer:
    """A customer who was answered before; this process has to ask who they are."""
    customer = await scene.customer(channel)
    await customer.ask("Hello")
    await scene.settle()
    await scene.stack.app.state.agent.messaging._end(scene.conversation_of(customer).id)
    return customer


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("status", [403, 500])
async def test_unreadable_participants_change_nothing_and_are_apologised_for(
    scene: Scene, channel: str, status: int
) -> None:
    customer = await known_to_another_process(scene, channel)
    await scene.driver.fail(**PARTICIPANTS, method="GET", status=status)
    begun = len(scene.requests())

    await customer.send(ASKS_HOURS)
    await scene.settle()

    assert (await customer.received())[1:] == [ENGLISH.apology]
    since = scene.requests()[begun:]
    assert not [one for one in since if "Participants" in one and one[:3] != "GET"]

    scene.stack.twilio.faults.clear()
    await customer.send(ASKS_HOURS)
    await scene.settle()

    assert HOURS in (await customer.received())[-1]


async def test_participants_that_do_not_come_are_apologised_for() -> None:
    async with (
        running_locally({**IMPATIENT, "AGENT_TWILIO_SECONDS": "0.3"}) as stack,
        Driver(stack.emulator_url) as driver,
    ):
        customer = await known_to_another_process(Scene(stack, driver), "CHAT")
        await driver.fail(**PARTICIPANTS, method="GET", delay=0.4, status=500)

        assert await customer.ask(ASKS_HOURS) == ENGLISH.apology


@pytest.mark.parametrize("status", [403, 409, 500])
async def test_refused_agent_participant_is_apologised_for(scene: Scene, status: int) -> None:
    customer = await scene.customer("CHAT")
    await scene.driver.fail(**PARTICIPANTS, method="POST", status=status)

    assert await customer.ask(ASKS_HOURS) == ENGLISH.apology


@pytest.mark.parametrize(
    ("fault", "level"),
    [
        pytest.param({"status": 429, "headers": {"Retry-After": "0"}, "times": 1}, None, id="busy"),
        pytest.param({"status": 503}, logging.WARNING, id="503 for good"),
    ],
)
@pytest.mark.parametrize("channel", ["SMS", "CHAT"])
async def test_failing_actions_do_not_silence_the_agent(
    scene: Scene,
    channel: str,
    fault: dict[str, Any],
    level: int | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    customer = await scene.customer(channel)
    await scene.driver.fail(**ACTIONS, **fault)

    assert HOURS in await customer.ask(ASKS_HOURS)
    assert "1042" in await customer.ask("And where is my order 1042?")
    await scene.settle()

    assert len(await customer.received()) == 2
    logged = {one.levelno for one in caplog.records if one.name.startswith("agent.channels")}
    assert logged == ({level} if level else set())


async def test_words_that_nothing_takes_at_first_are_sent_later(scene: Scene) -> None:
    customer = await scene.customer("CHAT")
    await scene.driver.fail(**ACTIONS, status=500, times=1)
    await scene.driver.fail(**CLASSIC, status=500, times=1)

    assert HOURS in await customer.ask(ASKS_HOURS)
    await scene.settle()
    assert len(await customer.received()) == 1


@pytest.mark.parametrize(("fault", "attempts"), [({"status": 403}, 1), ({"drop": "before"}, 3)])
async def test_words_that_nothing_takes_are_noted_and_the_turn_goes_on(
    fault: dict[str, Any], attempts: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_locally(WITH_METRICS) as stack, Driver(stack.emulator_url) as driver:
        scene = Scene(stack, driver)
        customer = await scene.customer("SMS")
        await customer.ask("Hello")
        for way in (ACTIONS, CLASSIC):
            await driver.fail(**way, **({"status": 500} if way is ACTIONS else fault))
        await customer.send(ASKS_HOURS)
        await scene.settle()
        stack.twilio.faults.clear()

        assert "1042" in await customer.ask("And where is my order 1042?")
        (lost,) = await lost_messages(stack)
        assert HOURS in lost.text
        assert lost.thread.startswith("CH")
        assert await counted(stack, 'agent_lost_messages_total{channel="SMS"}') == 1
    logged = [one for one in caplog.records if one.name.startswith("agent.channels")]
    assert [one.levelno for one in logged] == [logging.WARNING] * attempts + [logging.ERROR]
    assert not any(HOURS in one.getMessage() for one in logged)


@pytest.mark.parametrize(
    ("status", "author", "lost"),
    [("FAILED", {}, 1), ("READ", {}, 0), ("FAILED", {"address": "ana"}, 0)],
)
async def test_undelivered_words_are_noted_once(
    scene: Scene, status: str, author: dict[str, str], lost: int
) -> None:
    customer = await scene.customer("SMS")
    await customer.ask(ASKS_HOURS)
    await scene.settle()
    data = scene.events("COMMUNICATION_CREATED")[-1]["data"]
    recipients = [{**one, "deliveryStatus": status} for one in data["recipients"]]
    told = {**data, "recipients": recipients, "author": {**data["author"], **author}}

    for attempt in (1, 2):
        await scene.deliver({"eventType": "COMMUNICATION_UPDATED", "data": told}, attempt=attempt)
    await scene.settle()

    assert [HOURS in one.text for one in await lost_messages(scene.stack)] == [True] * lost


async def lost_messages(stack: LocalStack) -> list[LostMessage]:
    engine = connect(stack.settings.database_url)
    try:
        return await LostMessages(engine).list()
    finally:
        await engine.dispose()


@pytest.mark.parametrize(
    "faults", [[FAILING], [EMPTY], [CUT, CUT], [streaming(GAVE_UP)], [streaming("{not json")]]
)
async def test_failing_model_is_apologised_for(scene: Scene, faults: list[Fault]) -> None:
    customer = await scene.customer("CHAT")
    await script(scene.stack, *faults)

    assert "I'm sorry" in await customer.ask("Hello")
    assert HOURS in await customer.ask(ASKS_HOURS)


async def test_answer_cut_once_is_asked_for_again(scene: Scene) -> None:
    customer = await scene.customer("CHAT")
    await script(scene.stack, CUT)

    assert HOURS in await customer.ask(ASKS_HOURS)


async def test_model_down_for_good_leads_to_a_person(scene: Scene) -> None:
    customer = await scene.customer("CHAT")
    await script(scene.stack, *[FAILING] * 3)

    assert await customer.ask("Hello") == ENGLISH.apology
    assert await customer.ask(ASKS_HOURS) == f"{ENGLISH.trouble}\n{ENGLISH.connecting_chat}"
    task = await scene.driver.flex.wait_for_task()
    assert task.attributes["reason_code"] == "technical"
    assert ASKS_HOURS in task.attributes["reason"]


ADD, PROMOTE = "POST /v2/Conversations/*/Participants", "PUT /v2/Conversations/*/Participants/*"
SEND = "POST /v2/Conversations/*/Actions"
REMEMBER = ["GET /v1/Stores/*/Profiles/*", "POST /v1/Stores/*/Profiles/*/Recall"]


@pytest.mark.parametrize(
    ("channel", "address", "first"),
    [
        pytest.param("SMS", "", [PROMOTE, *REMEMBER, SEND], id="known by number"),
        pytest.param("CHAT", "", [ADD, *REMEMBER, SEND], id="known by email"),
        pytest.param("CHAT", "visitor-1", [ADD, SEND], id="visitor without a profile"),
    ],
)
async def test_message_costs_few_requests(
    scene: Scene, channel: str, address: str, first: list[str]
) -> None:
    customer = await scene.customer(channel, address)

    requests = []
    for text in ("Hello", "Where is my order 1042?", "Thanks"):
        begun = len(scene.requests())
        await customer.ask(text)
        await scene.settle()
        requests.append(sorted(scene.requests()[begun:]))

    assert requests == [sorted(first), [SEND], [SEND]]


async def test_missing_participant_events_are_made_up_for(scene: Scene) -> None:
    customer = await known_to_another_process(scene, "SMS")
    (theirs,) = [
        event for event in scene.events("PARTICIPANT_ADDED") if event["data"]["type"] == "CUSTOMER"
    ]
    await scene.deliver(theirs)

    assert HOURS in await customer.ask(ASKS_HOURS)


@pytest.mark.parametrize(
    ("channel", "count"), [("SMS", 3), ("WHATSAPP", 3), ("RCS", 3), ("CHAT", 1)]
)
async def test_long_reply_comes_in_parts_that_the_channel_takes(
    scene: Scene, channel: str, count: int
) -> None:
    customer = await scene.customer(channel)
    sentences = [f"This is sentence number {number} of a long answer." for number in range(80)]
    await script(scene.stack, streaming(words(" ".join(sentences)), DONE))

    await customer.send("Tell me everything")
    await scene.settle()

    parts = await customer.received()
    assert len(parts) == count
    assert " ".join(parts) == " ".join(sentences)
    assert all(part.endswith("answer.") for part in parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("short", ["short"]),
        ("One. Two three.", ["One.", "Two three."]),
        ("Go. Dr. Who", ["Go.", "Dr. Who"]),
        ("It:\n1. Walks", ["It:", "1. Walks"]),
        ("Go!) Come on", ["Go!)", "Come on"]),
        ("走。 我们现在走吧好吗好", ["走。", "我们现在走吧好吗好"]),
        ("one two three four", ["one two", "three four"]),
        ("x" * 25, ["x" * 10, "x" * 10, "x" * 5]),
        ("🙂" * 7, ["🙂" * 5, "🙂" * 2]),
    ],
)
def test_message_is_cut_at_its_best_place(text: str, parts: list[str]) -> None:
    assert list(split_message(text, 10)) == parts


def test_whole_message_stays_whole() -> None:
    text = "x" * LONGEST_MESSAGE
    assert list(split_message(text, LONGEST_MESSAGE)) == [text]


async def test_closed_conversations_leave_nothing_behind(scene: Scene) -> None:
    messaging = scene.stack.app.state.agent.messaging
    customers = [await scene.customer("CHAT", f"visitor-{number}") for number in range(10)]
    await asyncio.gather(*(customer.send("Hello") for customer in customers))
    await scene.settle()
    assert len(messaging._conversations) == 10

    await scene.driver.advance(2 * 60 * 60)
    await scene.settle()

    assert [len(await customer.received()) for customer in customers] == [1] * 10
    assert len(messaging._conversations) == 0
    assert [len(channel._conversations) for channel in messaging._channels.values()] == [0] * 4
    assert not messaging._inboxes


async def test_conversation_that_never_closes_is_forgotten_when_idle(scene: Scene) -> None:
    messaging = scene.stack.app.state.agent.messaging
    first, second = [await scene.customer("CHAT", f"visitor-{number}") for number in range(2)]
    await first.ask("Hello")
    (idle,) = messaging._conversations._open.values()
    idle.used_at -= IDLE_SECONDS

    await second.ask("Hello")
    await scene.settle()

    assert idle not in messaging._conversations._open.values()
    assert sum(len(channel._conversations) for channel in messaging._channels.values()) == 1
    assert len(messaging._roster._conversations) == 1
    assert HOURS in await first.ask(ASKS_HOURS)


async def test_conversations_that_never_close_are_bounded(scene: Scene) -> None:
    channel = scene.stack.app.state.agent.messaging._channels["SMS"]

    for number in range(SESSIONS_KEPT + 50):
        channel._start_conversation(f"conv_conversation_{number}")

    assert len(channel._conversations) == SESSIONS_KEPT


async def test_customer_starts_afresh_after_the_end(scene: Scene) -> None:
    customer = await scene.customer("SMS")
    await customer.ask("Hello")
    await scene.driver.advance(2 * 60 * 60)
    await scene.settle()

    answer = await customer.ask(ASKS_HOURS)

    assert HOURS in answer
    assert [one.status for one in scene.conversations] == ["CLOSED", "ACTIVE"]
    said = (await scene.model_requests())[-1]["input"]
    assert "Hello" not in [item.get("content") for item in said]
