"""Delivery to Studio under every fault: at most one execution and one task, and the truth told."""

from __future__ import annotations

from typing import Any

import pytest

from agent.handoff.reasons import UNSURE
from agent.handoff.record import HandoffRecord, HandoffState
from tests.handoff.conftest import Chat

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXECUTIONS = {"product": "studio", "path": "/v2/Flows/*/Executions", "method": "POST"}
LOOKS = {"product": "studio", "path": "/v2/Flows/*/Executions", "method": "GET"}
CONTEXTS = {"product": "studio", "path": "/v2/Flows/*/Executions/*/Context"}
INACTIVE = {"product": "conversations", "path": "/v2/Conversations/*", "method": "PUT"}
MEMORY = {"product": "memory"}


async def wait_for(chat: Chat, state: HandoffState) -> HandoffRecord:
    """Also when it has gone on from there: a receipt of the task may be faster."""
    beyond = {state, HandoffState.QUEUED} if state is HandoffState.DELIVERED else {state}

    async def find() -> HandoffRecord | None:
        record = await chat.store.latest(chat.session.conversation_sid)
        is_known = record and (record.execution_sid or record.failure)
        return record if record and is_known and record.state in beyond else None

    return await chat.driver.until(find, f"a handoff that is {state}")


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
        pytest.param([{**INACTIVE, "status": 500}], id="INACTIVE refused"),
        pytest.param([{**INACTIVE, "drop": "before"}], id="INACTIVE cut"),
        pytest.param([{**MEMORY, "status": 503}], id="memory down"),
    ],
)
async def test_handoff_arrives_once(chat: Chat, faults: list[dict[str, Any]]) -> None:
    for fault in faults:
        await chat.driver.fail(**fault)

    assert "connecting you" in await chat.say("I want to talk to a person")
    record = await wait_for(chat, HandoffState.DELIVERED)

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
    ],
)
async def test_failed_handoff_leaves_the_agent_serving(
    chat: Chat, faults: list[dict[str, Any]], failure: str
) -> None:
    for fault in faults:
        await chat.driver.fail(**fault)

    assert "connecting you" in await chat.say("I want to talk to a person")
    truth = (await chat.session.listen(chat.stack.settings.chat_identity)).text
    record = await wait_for(chat, HandoffState.FAILED)

    assert "sorry" in truth
    assert record.failure == failure
    assert "1042" in await chat.say("Where is my order 1042?")
    assert await chat.executions() == 0


async def test_second_try_after_a_failure_works(chat: Chat) -> None:
    await chat.driver.fail(**EXECUTIONS, status=400, times=1)
    await chat.say("I want to talk to a person")
    await chat.session.listen(chat.stack.settings.chat_identity)

    await chat.say("Please try again, I want to talk to a person")
    record = await wait_for(chat, HandoffState.DELIVERED)

    assert record.attempt == 2
    assert await chat.executions() == 1


async def test_contact_with_our_own_execution_is_no_failure(chat: Chat) -> None:
    """Studio took it, the answer was lost, and it refuses the repeat as a second one."""
    await chat.driver.fail(**EXECUTIONS, drop="after", times=1)
    await chat.driver.fail(**LOOKS, status=400, times=1)

    await chat.say("I want to talk to a person")
    record = await wait_for(chat, HandoffState.DELIVERED)

    assert record.execution_sid.startswith("FN")
    assert await chat.executions() == 1


async def test_handoff_that_somebody_has_did_not_fail(chat: Chat) -> None:
    """Studio took it, never said so, and TaskRouter told of the task meanwhile."""
    await chat.driver.fail(**EXECUTIONS, drop="after", times=1)
    await chat.driver.fail(**LOOKS, status=503)

    await chat.say("I want to talk to a person")
    record = await chat.record()
    assert record
    path = f"/v2/Conversations/{record.conversation_id}"
    await chat.driver.journal.wait_for(
        "request", lambda detail: (detail["method"], detail["path"]) == ("PUT", path)
    )
    record = await chat.record()

    assert record
    assert (record.state, record.failure) == (HandoffState.QUEUED, "")
    assert UNSURE not in [message.text for message in await chat.session.messages()]
