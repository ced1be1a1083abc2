"""flex-handover: one human is asked in, or the assistant keeps the conversation and knows why."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from agent.store.database import connect
from agent.store.thread_claims import ThreadClaims
from agent.twilio_api.http import ClientPool
from getting_started.local import running_locally
from getting_started.twilio_emulator.faults import Fault
from tests.tools.assistants.caller import Caller
from tools.assistants.flex_handover import hand_over_to_flex
from tools.assistants.handover import Handovers
from tools.assistants.tool_call import ToolCall

pytestmark = pytest.mark.asyncio(loop_scope="module")
POST = {"product": "flex-api", "path": "/v1/Interactions", "method": "POST"}
CHANNEL = {"product": "flex-api", "path": "/v1/Interactions/*/Channels/*", "method": "GET"}
PARTICIPANTS = {"product": "conversations", "path": "/v1/*/Participants", "method": "GET"}
TASKS = {"product": "taskrouter", "path": "/v1/Workspaces/*/Tasks*"}


async def test_human_is_asked_in(caller: Caller) -> None:
    response = await caller.to_flex()

    assert (response.status_code, response.text) == (200, "Transferred to human agent")
    [task] = caller.tasks
    assert (task.channel.unique_name, task.status) == ("chat", "reserved")


@pytest.mark.parametrize(
    ("identity", "channel", "address", "name"),
    [
        pytest.param("user_id:ana", "chat", "ana", "ana", id="chat"),
        pytest.param("user_id:+15550100001", "sms", "+15550100001", "+15550100001", id="author"),
        pytest.param("phone:+15550100001", "sms", "+15550100001", "+15550100001", id="phone"),
        pytest.param(
            "whatsapp:+15550100001",
            "whatsapp",
            "whatsapp:+15550100001",
            "whatsapp:+15550100001",
            id="whatsapp",
        ),
        pytest.param("flex_participant:FX1", "web", "FX1", "Ana Ruiz", id="web"),
        pytest.param("flex_participant:FX2", "web", "FX2", "FX2", id="web, unknown"),
        pytest.param("user_id:shop:ana", "chat", "shop:ana", "shop:ana", id="colon"),
    ],
)
async def test_channel_and_customer_are_told(
    caller: Caller, identity: str, channel: str, address: str, name: str
) -> None:
    service_sid = caller.conversation.service_sid
    user = caller.stack.twilio.classic.get_or_create_user(service_sid, "FX1")
    user.friendly_name = "Ana Ruiz"
    caller.identity = identity

    assert (await caller.to_flex()).status_code == 200
    attributes = caller.tasks[0].attributes
    assert (attributes["channelType"], attributes["from"]) == (channel, name)
    assert (attributes["customerName"], attributes["customerAddress"]) == (address, address)


@pytest.mark.parametrize("identity", ["", "ana", "user_id:", ":ana", f"user_id:{'x' * 300}"])
async def test_identity_that_tells_nobody_is_named(caller: Caller, identity: str) -> None:
    caller.headers = {"X-Identity": identity}

    response = await caller.to_flex()

    assert (response.status_code, caller.tasks) == (400, [])
    assert "X-Identity" in response.text


@pytest.mark.parametrize("spelling", ["flex{}Sid", "Flex{}Sid"])
async def test_workflow_is_named(caller: Caller, spelling: str) -> None:
    router = caller.stack.twilio.taskrouter
    [workspace_sid, *_] = router.workspaces
    queue = router.create_queue(workspace_sid, "Returns")
    configuration = {"task_routing": {"default_filter": {"queue": queue.sid}}}
    workflow = router.create_workflow(workspace_sid, "Returns", configuration)

    names = {"Workspace": workspace_sid, "Workflow": workflow.sid}
    response = await caller.to_flex(**{spelling.format(name): sid for name, sid in names.items()})

    assert (response.status_code, caller.tasks[0].workflow.sid) == (200, workflow.sid)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        pytest.param({"flexWorkflowSid": "WW1"}, "'WW1' is not WW and 32", id="malformed"),
        pytest.param({"flexWorkflowSid": f"WS{'1' * 32}"}, "is not WW and 32", id="a workspace's"),
        pytest.param({"flexWorkflowSid": f"WW{'0' * 32}"}, "takes nothing", id="unknown"),
        pytest.param({"flexWorkspaceSid": f"WS{'0' * 32}"}, "is not there", id="no workspace"),
    ],
)
async def test_bad_sid_is_explained(caller: Caller, query: dict[str, str], why: str) -> None:
    response = await caller.to_flex(**query)

    assert (response.status_code, caller.tasks) == (400, [])
    assert why in response.text


async def test_missing_settings_are_named() -> None:
    async with (
        running_locally({}) as stack,
        httpx.AsyncClient() as client,
    ):
        service = stack.twilio.classic.create_service("AI Assistants").sid
        conversation = stack.twilio.classic.create_conversation(service)
        response = await Caller(stack, client, conversation).to_flex()

    assert response.status_code == 500
    assert "Missing configuration for FLEX_WORKSPACE_SID OR FLEX_WORKFLOW_SID" in response.text


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        pytest.param({**POST, "status": 400}, 400, id="refused"),
        pytest.param({**POST, "status": 429}, 503, id="too often"),
        pytest.param({**POST, "status": 500}, 502, id="fails"),
        pytest.param({**POST, "status": 200, "body": {}}, 502, id="odd answer"),
        pytest.param({**POST, "drop": "before"}, 504, id="cut"),
        pytest.param({**PARTICIPANTS, "status": 200, "body": {}}, 502, id="odd list"),
        pytest.param({**TASKS, "status": 503}, 502, id="TaskRouter fails"),
        pytest.param({**TASKS, "drop": "before"}, 504, id="TaskRouter cut"),
        pytest.param(
            {**CHANNEL, "status": 200, "body": {"status": "failed"}}, 502, id="not set up"
        ),
    ],
)
async def test_failure_is_told_and_a_repeat_does_it(
    caller: Caller, fault: dict[str, Any], status: int
) -> None:
    caller.stack.twilio.faults.add(Fault(**fault))

    failed = await caller.to_flex()
    moved = list(caller.tasks)
    caller.stack.twilio.faults.clear()
    repeated = await caller.to_flex()

    assert (failed.status_code, moved) == (status, [])
    assert "ell the customer" in failed.text
    assert (repeated.status_code, len(caller.tasks)) == (200, 1)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({**POST, "drop": "after"}, id="cut after acceptance"),
        pytest.param({**CHANNEL, "status": 500}, id="channel unknown"),
        pytest.param(
            {**CHANNEL, "status": 200, "body": {"status": "setup"}, "times": 1}, id="in set-up"
        ),
    ],
)
async def test_lost_answer_is_no_failure(caller: Caller, fault: dict[str, Any]) -> None:
    caller.stack.twilio.faults.add(Fault(**{"times": 3, **fault}))

    response = await caller.to_flex()

    assert (response.status_code, len(caller.tasks)) == (200, 1)


async def test_lost_answer_that_nobody_tells_of_is_called_unknown(caller: Caller) -> None:
    caller.stack.twilio.faults.add(Fault(**TASKS, status=200, body={"tasks": []}, times=1))
    caller.stack.twilio.faults.add(Fault(**POST, drop="after"))
    caller.stack.twilio.faults.add(Fault(**TASKS, status=500))

    response = await caller.to_flex()
    caller.stack.twilio.faults.clear()

    assert response.status_code == 504
    assert response.text.startswith("It is not known whether the handover worked")
    assert (await caller.to_flex()).status_code == 200
    assert len(caller.tasks) == 1


async def test_repeat_moves_nothing_twice(caller: Caller) -> None:
    answers = [await caller.to_flex() for _ in range(2)]

    assert [answer.text for answer in answers] == ["Transferred to human agent"] * 2
    assert len(caller.tasks) == 1


async def test_repeat_is_known_before_the_search_shows_it(caller: Caller) -> None:
    await caller.to_flex()
    unseen = Fault(**TASKS | {"path": "/v1/Workspaces/*/Tasks"}, status=200, body={"tasks": []})
    caller.stack.twilio.faults.add(unseen)

    assert (await caller.to_flex()).status_code == 200
    assert len(caller.tasks) == 1


async def test_two_at_once_ask_one_human_in(caller: Caller) -> None:
    answers = await asyncio.gather(*(caller.to_flex() for _ in range(4)))

    assert {answer.status_code for answer in answers} == {200}
    assert len(caller.tasks) == 1


async def test_two_processes_at_once_ask_one_human_in(caller: Caller) -> None:
    settings, headers = caller.stack.settings, caller.sent_headers
    engines = [connect(settings.database_url) for _ in range(2)]
    pools = [ClientPool(settings.api_key, settings.api_secret.get_secret_value()) for _ in engines]
    replicas = [
        Handovers(settings, pool, ThreadClaims(engine))
        for pool, engine in zip(pools, engines, strict=True)
    ]

    call = ToolCall(headers, {}, {})
    said = await asyncio.gather(*(hand_over_to_flex(one, call) for one in replicas))
    await asyncio.gather(*(pool.close() for pool in pools))
    await asyncio.gather(*(engine.dispose() for engine in engines))

    assert said == ["Transferred to human agent"] * 2
    assert len(caller.tasks) == 1


async def test_both_tools_at_once_move_it_to_one_place(caller: Caller) -> None:
    answers = await asyncio.gather(caller.to_studio(), caller.to_flex())

    assert {answer.status_code for answer in answers} == {200}
    assert len(caller.flows) + len(caller.tasks) == 1
    assert any("already" in answer.text for answer in answers)


async def test_human_can_be_asked_again_after_they_have_left(caller: Caller) -> None:
    await caller.to_flex()
    router = caller.stack.twilio.taskrouter
    await router.accept(caller.tasks[0].sid)
    with_human = await caller.to_flex()
    channel = caller.stack.twilio.flex.find_channel_of(caller.tasks[0])
    assert channel is not None
    await caller.stack.twilio.flex.set_channel_status(channel, "inactive")

    again = await caller.to_flex()

    assert (with_human.status_code, again.status_code) == (200, 200)
    assert [task.status for task in caller.tasks] == ["completed", "reserved"]


async def test_number_does_not_reach_the_log(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caller.identity = "phone:+15550100042"
    caller.stack.twilio.faults.add(Fault(**POST, status=500))

    await caller.to_flex()

    assert caller.conversation.sid in caplog.text
    assert "5550100042" not in caplog.text
