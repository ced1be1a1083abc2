"""Delivery to Studio under every fault: at most one execution and one task, and the truth told."""

from __future__ import annotations

import pytest

from agent.handoff.record import HandoffRecord, HandoffState
from agent.phrases import ENGLISH
from tests.handoff.customers import WISH, ChatCustomer, check_promises
from tests.handoff.faults import CONTEXTS, EXECUTIONS, INACTIVE, LOOKS, MEMORY, Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")
UNREADABLE: Fault = {"status": 200, "body": "<html>busy</html>"}


async def delivered(chat: ChatCustomer) -> HandoffRecord:
    """The record once Studio's answer is noted: a receipt of the task may be faster."""
    await check_promises(chat)
    return await chat.wait_until(lambda record: record.execution_sid, "the execution's SID")


async def failed(chat: ChatCustomer) -> HandoffRecord:
    await check_promises(chat)
    return await chat.wait_for(HandoffState.FAILED)


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([], id="none"),
        pytest.param([{**EXECUTIONS, "status": 429, "times": 2}], id="429 twice"),
        pytest.param(
            [{**EXECUTIONS, "status": 429, "headers": {"Retry-After": "1"}, "times": 1}],
            id="429 with Retry-After",
        ),
        pytest.param([{**EXECUTIONS, "status": 500, "times": 1}], id="500 once"),
        pytest.param(
            [{**EXECUTIONS, "status": 503, "headers": {"Retry-After": "1"}, "times": 2}],
            id="503 with Retry-After twice",
        ),
        pytest.param([{**EXECUTIONS, "status": 503, "times": 2}], id="503 twice"),
        pytest.param([{**EXECUTIONS, "drop": "before", "times": 1}], id="cut before"),
        pytest.param([{**EXECUTIONS, "drop": "after", "times": 1}], id="cut after acceptance"),
        pytest.param([{**EXECUTIONS, "delay": 1, "times": 1}], id="time-out before acceptance"),
        pytest.param(
            [{**EXECUTIONS, "delay": 1, "drop": "after", "times": 1}], id="time-out, accepted late"
        ),
        pytest.param(
            [{**EXECUTIONS, "drop": "after", "times": 1}, {**LOOKS, "status": 503, "times": 2}],
            id="cut after acceptance, the look fails at first",
        ),
        pytest.param(
            [{**EXECUTIONS, "drop": "after", "times": 1}, {**CONTEXTS, "status": 500, "times": 1}],
            id="cut after acceptance, the context fails at first",
        ),
        pytest.param(
            [{**EXECUTIONS, **UNREADABLE, "is_taken": True, "times": 1}],
            id="accepted with an answer that cannot be read",
        ),
        pytest.param(
            [{**EXECUTIONS, "drop": "after", "times": 1}, {**LOOKS, **UNREADABLE, "times": 1}],
            id="cut after acceptance, the look cannot be read at first",
        ),
        pytest.param([{**INACTIVE, "status": 500}], id="INACTIVE refused"),
        pytest.param([{**INACTIVE, "drop": "before"}], id="INACTIVE cut"),
        pytest.param([{**MEMORY, "status": 503}], id="memory down"),
    ],
)
async def test_handoff_arrives_once(chat: ChatCustomer, faults: list[Fault]) -> None:
    for fault in faults:
        await chat.centre.driver.fail(**fault)

    assert "connecting you" in await chat.say(WISH)
    record = await delivered(chat)

    assert record.execution_sid.startswith("FN")
    assert await chat.executions() == 1
    assert [task.attributes["handoffId"] for task in await chat.tasks()] == [record.id]


@pytest.mark.parametrize(
    ("faults", "failure"),
    [
        pytest.param([{**EXECUTIONS, "status": 400}], "studio_refused", id="400"),
        pytest.param([{**EXECUTIONS, "status": 401}], "not_allowed", id="401"),
        pytest.param([{**EXECUTIONS, "status": 403}], "not_allowed", id="403"),
        pytest.param([{**EXECUTIONS, "status": 404}], "flow_not_found", id="404"),
        pytest.param([{**EXECUTIONS, "status": 409}], "contact_busy", id="409"),
        pytest.param([{**EXECUTIONS, "status": 429}], "studio_unavailable", id="429 for good"),
        pytest.param([{**EXECUTIONS, "status": 500}], "studio_unavailable", id="500 for good"),
        pytest.param([{**EXECUTIONS, "status": 503}], "studio_unavailable", id="503 for good"),
        pytest.param([{**EXECUTIONS, "drop": "before"}], "studio_unavailable", id="cut for good"),
        pytest.param(
            [{**EXECUTIONS, "drop": "before"}, {**LOOKS, "status": 503}],
            "outcome_unknown",
            id="cut for good, and nobody can tell",
        ),
        pytest.param(
            [{**EXECUTIONS, **UNREADABLE}, {**LOOKS, **UNREADABLE}],
            "outcome_unknown",
            id="answers that cannot be read for good",
        ),
    ],
)
async def test_failed_handoff_leaves_the_agent_serving(
    chat: ChatCustomer, faults: list[Fault], failure: str
) -> None:
    for fault in faults:
        await chat.centre.driver.fail(**fault)

    assert "connecting you" in await chat.say(WISH)
    truth = await chat.listen()
    record = await failed(chat)

    assert "sorry" in truth
    assert record.failure == failure
    assert "1042" in await chat.say("Where is my order 1042?")
    assert await chat.executions() == 0


async def test_second_try_after_a_failure_works(chat: ChatCustomer) -> None:
    await chat.centre.driver.fail(**EXECUTIONS, status=400, times=1)
    await chat.say(WISH)
    await chat.listen()

    await chat.say("Please try again, I want to talk to a person")
    record = await delivered(chat)

    assert record.attempt == 2


async def test_contact_with_our_own_execution_is_no_failure(chat: ChatCustomer) -> None:
    """Studio took it, the answer was lost, and it refuses the repeat as a second one."""
    await chat.centre.driver.fail(**EXECUTIONS, drop="after", times=1)
    await chat.centre.driver.fail(**LOOKS, status=400, times=1)

    await chat.say(WISH)
    record = await delivered(chat)

    assert record.execution_sid.startswith("FN")
    assert await chat.executions() == 1


async def test_handoff_that_somebody_has_did_not_fail(chat: ChatCustomer) -> None:
    """Studio took it, never said so, and TaskRouter told of the task meanwhile."""
    await chat.centre.driver.fail(**EXECUTIONS, drop="after", times=1)
    await chat.centre.driver.fail(**LOOKS, status=503)

    await chat.say(WISH)
    record = await chat.record()
    assert record
    path = f"/v2/Conversations/{record.conversation_id}"
    await chat.centre.driver.journal.wait_for(
        "request", lambda detail: (detail["method"], detail["path"]) == ("PUT", path)
    )
    record = await chat.record()

    assert record
    assert (record.state, record.failure) == (HandoffState.QUEUED, "")
    assert ENGLISH.unsure not in [message.text for message in await chat.session.messages()]
