"""studio-handover: one flow gets the conversation, or the assistant keeps it and knows why."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from agent.store.database import connect
from getting_started.local import running_locally
from getting_started.twilio_emulator.faults import Fault
from tests.tools.assistants.caller import STUDIO, Caller, open_conversation
from tests.twilio_emulator.studio.flows import flow, widget

pytestmark = pytest.mark.asyncio(loop_scope="module")
WEBHOOKS = {"product": "conversations", "path": "/v1/Services/*/Webhooks"}
FLOW = {"product": "studio", "path": "/v2/Flows/*"}
NOBODY = f"FW{'0' * 32}"


async def test_flow_gets_the_conversation(caller: Caller) -> None:
    response = await caller.to_studio()

    assert (response.status_code, response.text) == (200, "Conversation handed over")
    assert response.headers["content-type"].startswith("text/plain")
    assert caller.flows == [caller.flow_sid]


@pytest.mark.parametrize(
    ("query", "body", "said"),
    [
        pytest.param({"successMessage": "Bye, ça va"}, {}, "Bye, ça va", id="lower case"),
        pytest.param({"SuccessMessage": "A", "successMessage": "b"}, {}, "A", id="capital first"),
        pytest.param({}, {"SuccessMessage": "A"}, "A", id="in the body"),
        pytest.param({"successMessage": "url"}, {"SuccessMessage": "body"}, "url", id="URL first"),
        pytest.param({"successMessage": ""}, {}, "", id="nothing to say"),
        pytest.param({}, {"successMessage": 7}, "Conversation handed over", id="no text"),
    ],
)
async def test_success_message(
    caller: Caller, query: dict[str, str], body: dict[str, Any], said: str
) -> None:
    response = await caller.call(STUDIO, {"flowSid": caller.flow_sid, **query}, body)

    assert (response.status_code, response.text) == (200, said)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        pytest.param({"FlowSid": "{flow}"}, {}, id="capital"),
        pytest.param({}, {"flowSid": "{flow}"}, id="in the body"),
        pytest.param({"flowSid": "{flow}"}, {"FlowSid": NOBODY}, id="the model cannot change it"),
    ],
)
async def test_flow_is_named(caller: Caller, query: dict[str, str], body: dict[str, str]) -> None:
    def fill(values: dict[str, str]) -> dict[str, str]:
        return {name: value.format(flow=caller.flow_sid) for name, value in values.items()}

    assert (await caller.call(STUDIO, fill(query), fill(body))).status_code == 200
    assert caller.flows == [caller.flow_sid]


@pytest.mark.parametrize(
    ("flow_sid", "status", "why"),
    [
        pytest.param("", 500, "no flow is named", id="none"),
        pytest.param("FW1", 400, "flowSid 'FW1' is not FW and 32 hex digits", id="malformed"),
        pytest.param(f"WW{'1' * 32}", 400, "is not FW and 32 hex digits", id="a workflow's"),
        pytest.param(NOBODY, 400, "is not there, or not published", id="unknown"),
    ],
)
async def test_bad_flow_is_explained(caller: Caller, flow_sid: str, status: int, why: str) -> None:
    response = await caller.to_studio(flowSid=flow_sid)

    assert (response.status_code, caller.flows) == (status, [])
    assert why in response.text
    assert "You still have this conversation" in response.text


@pytest.mark.parametrize(("status", "why"), [("draft", "not published"), ("published", "nothing")])
async def test_flow_that_would_do_nothing_is_refused(caller: Caller, status: str, why: str) -> None:
    for_calls = flow(widget("say", "say-play", {"say": "Hello"}, audioComplete=""))
    flow_sid = caller.stack.twilio.studio.create_flow("Calls", for_calls, status=status).sid

    response = await caller.to_studio(flowSid=flow_sid)

    assert (response.status_code, caller.flows) == (400, [])
    assert why in response.text


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        pytest.param({**WEBHOOKS, "method": "POST", "status": 409}, 409, id="conflict"),
        pytest.param({**WEBHOOKS, "method": "POST", "status": 500}, 502, id="fails"),
        pytest.param({**WEBHOOKS, "method": "POST", "status": 429}, 503, id="too often"),
        pytest.param({**WEBHOOKS, "method": "POST", "status": 400}, 502, id="refused"),
        pytest.param({**WEBHOOKS, "method": "POST", "drop": "before"}, 504, id="cut"),
        pytest.param({**WEBHOOKS, "method": "GET", "status": 404}, 404, id="not found"),
        pytest.param({**WEBHOOKS, "method": "GET", "status": 503}, 502, id="look fails"),
        pytest.param({**WEBHOOKS, "delay": 2, "drop": "before"}, 504, id="hangs"),
        pytest.param({**FLOW, "status": 503}, 502, id="Studio fails"),
        pytest.param({**FLOW, "drop": "before"}, 502, id="Studio cut"),
    ],
)
async def test_failure_is_told_and_a_repeat_does_it(
    caller: Caller, fault: dict[str, Any], status: int
) -> None:
    caller.stack.twilio.faults.add(Fault(**fault))

    failed = await caller.to_studio()
    moved = list(caller.flows)
    caller.stack.twilio.faults.clear()
    repeated = await caller.to_studio()

    assert (failed.status_code, moved) == (status, [])
    assert "ell the customer" in failed.text
    assert (repeated.status_code, caller.flows) == (200, [caller.flow_sid])


async def test_lost_answer_is_no_failure(caller: Caller) -> None:
    caller.stack.twilio.faults.add(Fault(**WEBHOOKS, method="POST", drop="after"))

    response = await caller.to_studio()

    assert (response.status_code, caller.flows) == (200, [caller.flow_sid])


async def test_repeat_moves_nothing_twice(caller: Caller) -> None:
    answers = [await caller.to_studio(successMessage="Bye") for _ in range(2)]

    assert [answer.text for answer in answers] == ["Bye", "Bye"]
    assert caller.flows == [caller.flow_sid]


async def test_two_at_once_move_it_once(caller: Caller) -> None:
    answers = await asyncio.gather(*(caller.to_studio() for _ in range(4)))

    assert {answer.status_code for answer in answers} == {200}
    assert caller.flows == [caller.flow_sid]


async def test_database_that_fails_is_told() -> None:
    async with (
        running_locally({}, has_assistant=True) as stack,
        httpx.AsyncClient() as client,
    ):
        engine = connect(stack.settings.database_url)
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE thread_claim"))
        await engine.dispose()
        caller = Caller(stack, client, await open_conversation(stack))
        response = await caller.to_studio()

    assert (response.status_code, caller.flows) == (503, [])
    assert "the database does not answer" in response.text


async def test_full_conversation_is_left_alone(caller: Caller) -> None:
    for number in range(5):
        caller.stack.twilio.classic.add_webhook(
            caller.conversation.sid,
            target="webhook",
            configuration={"url": f"http://127.0.0.1:1/{number}"},
        )

    response = await caller.to_studio()

    assert (response.status_code, caller.flows) == (502, [])
    assert "code 50361" in response.text
