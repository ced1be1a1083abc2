"""Humans seen to come and go in a conversation, beside TaskRouter's receipts, in any order."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.handoff.record import HandoffRecord, HandoffState
from getting_started.local import LocalStack
from tests.end_to_end.customers import Scene
from tests.handoff.customers import ASKS_HOURS, HOURS, WISH, ChatCustomer, check_promises
from tests.handoff.receipts import send_receipt

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDED, UPDATED, REMOVED = "PARTICIPANT_ADDED", "PARTICIPANT_UPDATED", "PARTICIPANT_REMOVED"
PARTICIPANTS = {"product": "conversations", "path": "*/Participants", "method": "GET"}
HUMAN = {"type": "HUMAN_AGENT", "address": "jordan"}
CUSTOMER = {"type": "CUSTOMER", "address": "ana@example.org"}
OUR_OWN = {"type": "HUMAN_AGENT", "address": "ai-assistant"}
BEFORE = {**HUMAN, "created_at": datetime.now(UTC) - timedelta(hours=1)}
UNTIMED = {**HUMAN, "created_at": None}
ELSEWHERE = {**HUMAN, "thread": "CH_another", "conversation_id": "conv_another"}
NOWHERE = {**HUMAN, "thread": None, "conversation_id": None}


def to_participant(record: HandoffRecord, given: dict[str, Any]) -> dict[str, Any]:
    at = given.get("created_at", datetime.now(UTC))
    address = {"channel": "CHAT", "address": given["address"]}
    return {
        "id": "conv_participant_1",
        "conversationId": given.get("conversation_id", record.conversation_id),
        "type": given["type"],
        "addresses": [{**address, "channelId": given.get("thread", record.thread)}],
        "createdAt": at and at.isoformat(),
    }


@pytest.mark.parametrize(
    ("events", "state"),
    [
        pytest.param([(ADDED, HUMAN)], "accepted", id="comes"),
        pytest.param([(UPDATED, HUMAN)], "accepted", id="becomes known as a human"),
        pytest.param([(ADDED, HUMAN), (ADDED, HUMAN)], "accepted", id="repeated"),
        pytest.param([(ADDED, HUMAN), (REMOVED, HUMAN)], "ended", id="comes and goes"),
        pytest.param([(REMOVED, HUMAN), (ADDED, HUMAN)], "ended", id="in the wrong order"),
        pytest.param([(ADDED, BEFORE)], "queued", id="late, of an earlier handoff"),
        pytest.param([(ADDED, HUMAN), (REMOVED, BEFORE)], "accepted", id="earlier one goes late"),
        pytest.param([(ADDED, UNTIMED)], "queued", id="nobody knows when"),
        pytest.param([(ADDED, CUSTOMER)], "queued", id="customer"),
        pytest.param([(ADDED, OUR_OWN)], "queued", id="the agent, taken for a human"),
        pytest.param([(ADDED, ELSEWHERE)], "queued", id="in another conversation"),
        pytest.param([(ADDED, NOWHERE)], "queued", id="without a conversation"),
    ],
)
async def test_record_follows_the_human(
    shared_stack: LocalStack,
    chat: ChatCustomer,
    events: list[tuple[str, dict[str, Any]]],
    state: str,
) -> None:
    await chat.say(WISH)
    record = await chat.wait_for(HandoffState.QUEUED)
    scene = Scene(shared_stack, chat.centre.driver)

    for kind, given in events:
        body = {"eventType": kind, "data": to_participant(record, given)}
        assert await scene.deliver(body) == 200
        await scene.settle()

    moved = await chat.record()
    assert moved
    assert moved.state == state
    assert (moved.seconds_to_human is not None) == any(
        change.state is HandoffState.ACCEPTED for change in moved.changes
    )
    await check_promises(chat)


async def test_customer_who_writes_as_the_human_leaves_is_answered(
    shared_stack: LocalStack, chat: ChatCustomer
) -> None:
    await chat.say(WISH)
    record = await chat.wait_for(HandoffState.QUEUED)
    scene = Scene(shared_stack, chat.centre.driver)
    human = to_participant(record, HUMAN)
    assert await scene.deliver({"eventType": ADDED, "data": human}) == 200
    await chat.wait_for(HandoffState.ACCEPTED)

    await chat.centre.driver.fail(**PARTICIPANTS, delay=0.5, times=1)
    assert await scene.deliver({"eventType": REMOVED, "data": human}) == 200
    await chat.send(ASKS_HOURS)

    await chat.hears(HOURS)


async def test_colleague_who_stays_keeps_the_conversation(
    shared_stack: LocalStack, chat: ChatCustomer
) -> None:
    await chat.say(WISH)
    record = await chat.wait_for(HandoffState.QUEUED)
    await shared_stack.twilio.orchestrator.traffic.add_human_agent(
        channel_id=record.thread, channel="CHAT", address="maria"
    )
    scene = Scene(shared_stack, chat.centre.driver)
    await scene.settle()

    body = {"eventType": REMOVED, "data": to_participant(record, HUMAN)}
    assert await scene.deliver(body) == 200
    await scene.settle()

    kept = await chat.record()
    assert kept
    assert kept.state is HandoffState.ACCEPTED
    await check_promises(chat)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        pytest.param(["accepted 2", "completed 1"], "accepted", id="colleague comes, first goes"),
        pytest.param(["wrapup 1", "accepted 2"], "accepted", id="colleague comes afterwards"),
        pytest.param(["accepted 2", "completed 2"], "ended", id="colleague goes too"),
        pytest.param(["wrapup 1", "accepted 1"], "ended", id="first one is told of late"),
        pytest.param(["completed 2"], "accepted", id="colleague never came"),
    ],
)
async def test_record_follows_a_colleague_of_the_human(
    shared_stack: LocalStack, chat: ChatCustomer, events: list[str], state: str
) -> None:
    await chat.say(WISH)
    record = await chat.wait_for(HandoffState.QUEUED)
    attributes = json.dumps(record.payload.to_task_attributes())

    for event in ["accepted 1", *events]:
        kind, whose = event.split()
        name = f"reservation.{kind}" if kind == "accepted" else f"task.{kind}"
        task_sid = record.task_sid if whose == "1" else "WT" + "0" * 32
        assert await send_receipt(shared_stack, name, attributes, TaskSid=task_sid) == 204

    moved = await chat.record()
    assert moved
    assert moved.state == state
