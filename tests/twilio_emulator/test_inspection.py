"""What is seen of the emulator from outside: the journal's stream, answers, steps, profiles."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from getting_started.local import LocalStack
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.inspection import MOST_REPLAYED
from getting_started.twilio_emulator.twilio import Twilio

CONFIGURATIONS = "/conversations/v2/ControlPlane/Configurations"
Batches = AsyncIterator[tuple[str, dict[str, Any]]]


@pytest.fixture
async def client(twilio: Twilio) -> AsyncIterator[httpx.AsyncClient]:
    account = (twilio.account.sid, twilio.account.auth_token)
    async with httpx.AsyncClient(base_url=twilio.base_url, auth=account) as client:
        yield client


@asynccontextmanager
async def events(client: httpx.AsyncClient, last_id: str = "") -> AsyncIterator[Batches]:
    """Ids and batches of the stream, as a browser would read them."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.stream("GET", "/_emulator/events", headers=headers) as response:
        yield _read(response)


async def _read(response: httpx.Response) -> Batches:
    event: dict[str, str] = {}
    async for line in response.aiter_lines():
        if not line and event:
            yield event["id"], json.loads(event["data"])
            event = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value


def numbers(batch: dict[str, Any]) -> list[int]:
    return [entry["number"] for entry in batch["entries"]]


async def test_stream_replays_then_follows(twilio: Twilio, client: httpx.AsyncClient) -> None:
    await twilio.journal.record("note", text="before")

    async with events(client) as batches:
        _, replay = await anext(batches)
        await twilio.journal.record("note", text="after")
        _, fresh = await anext(batches)

    assert [entry["detail"]["text"] for entry in replay["entries"]] == ["before"]
    assert [entry["detail"]["text"] for entry in fresh["entries"]] == ["after"]


async def test_stream_of_an_empty_journal_begins_at_once(client: httpx.AsyncClient) -> None:
    async with events(client) as batches:
        _, replay = await anext(batches)

    assert replay["entries"] == []


@pytest.mark.parametrize(
    ("last_id", "expected"),
    [
        pytest.param("{run} 2", [3], id="what was missed"),
        pytest.param("{run} 3", [], id="nothing was missed"),
        pytest.param("another 2", [1, 2, 3], id="another run: everything"),
        pytest.param("nonsense", [1, 2, 3], id="no id of ours: everything"),
    ],
)
async def test_stream_resumes(
    twilio: Twilio, client: httpx.AsyncClient, last_id: str, expected: list[int]
) -> None:
    for _ in range(3):
        await twilio.journal.record("note")

    async with events(client, last_id.format(run=twilio.journal.run)) as batches:
        _, replay = await anext(batches)

    assert numbers(replay) == expected


async def test_replay_is_bounded(twilio: Twilio, client: httpx.AsyncClient) -> None:
    for _ in range(MOST_REPLAYED + 10):
        await twilio.journal.record("note")

    async with events(client) as batches:
        last_id, replay = await anext(batches)

    assert numbers(replay)[0] == 11
    assert len(replay["entries"]) == MOST_REPLAYED
    assert last_id == f"{twilio.journal.run} {MOST_REPLAYED + 10}"


async def test_reset_ends_the_stream(twilio: Twilio, client: httpx.AsyncClient) -> None:
    async with events(client) as batches:
        _, first = await anext(batches)
        await client.post("/_emulator/reset")
        rest = [batch async for batch in batches]

    assert rest == []
    assert first["run"] != twilio.journal.run


async def test_requests_are_recorded_with_their_answers(
    twilio: Twilio, client: httpx.AsyncClient
) -> None:
    await client.get(CONFIGURATIONS)
    await client.get(f"{CONFIGURATIONS}/conv_configuration_none")

    request, answer, _, refusal = twilio.journal.since(0)
    assert [request.kind, answer.kind] == ["request", "answer"]
    assert answer.detail["request"] == request.number
    assert json.loads(answer.detail["body"])["configurations"] == []
    assert [answer.detail["status"], refusal.detail["status"]] == [200, 404]
    assert answer.detail["seconds"] >= 0


async def test_controls_are_not_on_record(twilio: Twilio, client: httpx.AsyncClient) -> None:
    twilio.faults.add(Fault(product="studio", status=503))

    await client.get("/_emulator/faults")

    assert twilio.journal.since(0) == []


async def test_steps_tell_what_a_widget_was_given(stack: LocalStack) -> None:
    async with Driver(stack.emulator_url) as driver:
        call = await driver.phone.call("+15550100001", "+15550100002")
        await call.listen()
        await call.say("I want to talk to a person")
        await driver.flex.wait_for_task()
        steps = [entry.detail for entry in await driver.journal.read(kind="step")]
        trigger, split, variables = [await driver.get(_path(step)) for step in steps]

    assert trigger["input"]["call"]["CallSid"] == call.call_sid
    assert split["event"] == "match"
    assert "conversationId" in split["input"]["input"]
    assert variables["widget"] == "read_voice_handoff"
    assert "customer_request" in json.dumps(variables["input"])
    assert "customer_request" in variables["variables"]["handoff"]


async def test_unknown_step_is_not_found(twilio: Twilio, client: httpx.AsyncClient) -> None:
    response = await client.get("/_emulator/studio/executions/FN1/steps/FT1")

    assert response.status_code == 404


async def test_flows_are_listed_as_they_run(stack: LocalStack) -> None:
    async with Driver(stack.emulator_url) as driver:
        (flow,) = (await driver.get("/studio/flows"))["flows"]

    assert flow["flow_sid"] == stack.settings.handoff_flow_sid
    assert flow["definition"]["initial_state"] == "Trigger"


async def test_task_shows_the_customers_profile(stack: LocalStack) -> None:
    async with Driver(stack.emulator_url) as driver:
        call = await driver.phone.call("+15550100001", "+15550100002")
        await call.listen()
        await call.say("I want to talk to a person")
        task = await driver.flex.wait_for_task()

    assert task.profile is not None
    assert task.profile["traits"]["Contact"]["firstName"] == "Ana"
    assert task.profile["observations"] == ["Prefers short answers"]


def _path(step: dict[str, Any]) -> str:
    return f"/studio/executions/{step['execution_sid']}/steps/{step['step_sid']}"
