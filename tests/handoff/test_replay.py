"""Handoffs that failed and are asked for again, delivered by the running agent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.handoff.reasons import MEANINGS, FailureReason
from agent.handoff.record import HandoffRecord, HandoffState
from agent.handoff.replay import replay
from agent.phrases import ENGLISH
from getting_started.local import LocalStack, running_locally
from tests.handoff.customers import ASKS_HOURS, WISH, ChatCustomer, check_promises
from tests.handoff.faults import EXECUTIONS, LOOKS, Fault, without_receipts
from tests.handoff.receipts import send_receipt

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOST: list[Fault] = [{**EXECUTIONS, "drop": "before"}, {**LOOKS, "status": 503}]
ARRIVED: list[Fault] = [{**EXECUTIONS, "drop": "after"}, {**LOOKS, "status": 503}]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stack() -> AsyncIterator[LocalStack]:
    """An agent that looks around often."""
    environment = {
        "AGENT_TWILIO_SECONDS": "0.4",
        "AGENT_HANDOFF_RETRY_SECONDS": "0",
        "AGENT_TAKEOVER_SECONDS": "1",
    }
    async with running_locally(environment) as stack:
        yield stack


async def fail_to_hand_over(chat: ChatCustomer, faults: list[Fault]) -> HandoffRecord:
    for fault in faults:
        await chat.centre.driver.fail(**fault)
    with without_receipts(chat.centre.twilio):
        await chat.say(WISH)
        failed = await chat.wait_for(HandoffState.FAILED)
        await chat.centre.driver.settle()
    chat.centre.twilio.faults.clear()
    return failed


@pytest.mark.parametrize(
    ("faults", "failure"),
    [
        pytest.param([{**EXECUTIONS, "status": 400}], "studio_refused", id="refused"),
        pytest.param(LOST, "outcome_unknown", id="lost, and it was not known"),
    ],
)
async def test_replay_brings_the_human(
    chat: ChatCustomer, faults: list[Fault], failure: str
) -> None:
    failed = await fail_to_hand_over(chat, faults)

    asked = await replay(chat.centre.store, failed)
    record = await chat.wait_for(HandoffState.QUEUED)

    await chat.hears(ENGLISH.after_all)
    apology = MEANINGS[FailureReason(failure)].customer_hears(ENGLISH)
    assert [said for said, _ in await chat.words()][-2:] == [apology, ENGLISH.after_all]
    assert failed.failure == failure
    assert record.id == asked.id
    assert await chat.executions() == 1
    assert [task.attributes["handoffId"] for task in await chat.tasks()] == [asked.id]
    await check_promises(chat)


async def test_replay_of_one_that_had_arrived_is_that_one(chat: ChatCustomer) -> None:
    failed = await fail_to_hand_over(chat, ARRIVED)

    asked = await replay(chat.centre.store, failed)
    delivered = await chat.wait_for(HandoffState.DELIVERED)
    [task] = await chat.tasks()
    await chat.centre.driver.flex.accept(task.task_sid)
    accepted = await chat.wait_for(HandoffState.ACCEPTED)

    assert delivered.id == accepted.id == asked.id
    assert task.attributes["handoffId"] == failed.id
    assert await chat.executions() == 1


@pytest.mark.parametrize(
    ("event", "state", "words"),
    [
        pytest.param(
            "task.created", "queued", ENGLISH.after_all, id="queued: the customer hears of it"
        ),
        pytest.param(
            "reservation.accepted", "accepted", ENGLISH.unsure, id="accepted: a human speaks"
        ),
    ],
)
async def test_agent_is_mute_when_a_failed_one_has_arrived_after_all(
    shared_stack: LocalStack, chat: ChatCustomer, event: str, state: str, words: str
) -> None:
    failed = await fail_to_hand_over(chat, ARRIVED)
    [task] = await chat.tasks()

    attributes = json.dumps(task.attributes)
    await send_receipt(shared_stack, event, attributes, TaskSid=task.task_sid)
    await chat.hears(words)
    await chat.send(ASKS_HOURS)
    await chat.centre.driver.settle()

    record = await chat.record()
    assert record
    assert (record.id, record.state, record.failure) == (failed.id, state, "")
    assert [said for said, _ in await chat.words()][-2:] == [words, ASKS_HOURS]
