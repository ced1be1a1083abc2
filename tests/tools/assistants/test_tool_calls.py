"""Who may call the tools, and how: everything else is refused, and moves nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from agent.channels.ingress import JSON_LIMIT
from getting_started.local import LocalStack, running_locally
from tests.tools.assistants.caller import FLEX, STUDIO, Caller, open_conversation

pytestmark = pytest.mark.asyncio(loop_scope="module")
TOOLS = pytest.mark.parametrize("tool", [STUDIO, FLEX])


def nothing_moved(caller: Caller) -> bool:
    return not caller.flows and not caller.tasks


@TOOLS
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X-Twilio-Signature": ""}, id="no signature"),
        pytest.param({"X-Twilio-Signature": "A" * 27 + "="}, id="forged signature"),
        pytest.param({"Content-Type": "text/plain"}, id="media type"),
        pytest.param({"Content-Type": ""}, id="no media type"),
    ],
)
async def test_call_that_is_not_twilios_is_refused(
    caller: Caller, tool: str, headers: dict[str, str]
) -> None:
    caller.headers = headers

    response = await caller.call(tool, {"flowSid": caller.flow_sid})

    assert (response.status_code, nothing_moved(caller)) == (403, True)


@TOOLS
async def test_signature_of_another_tool_is_refused(caller: Caller, tool: str) -> None:
    url = f"{caller.stack.agent_url}/tools/other"
    caller.headers = caller.stack.twilio.webhooks.sign(url)

    assert (await caller.call(tool)).status_code == 403


@TOOLS
async def test_body_other_than_the_signed_one_is_refused(caller: Caller, tool: str) -> None:
    url = f"{caller.stack.agent_url}/tools/{tool}?bodySHA256={'0' * 64}"
    headers = {"Content-Type": "application/json", **caller.stack.twilio.webhooks.sign(url)}

    assert (await caller.client.post(url, content=b"{}", headers=headers)).status_code == 403


@TOOLS
@pytest.mark.parametrize("declared", [True, False])
async def test_oversized_body_is_refused(caller: Caller, tool: str, declared: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(JSON_LIMIT // 65536 + 1):
            yield b"x" * 65536

    headers = {"Content-Type": "application/json", "X-Twilio-Signature": "unchecked"}
    content = b"x" * (JSON_LIMIT + 1) if declared else chunks()
    url = f"{caller.stack.agent_url}/tools/{tool}"

    assert (await caller.client.post(url, content=content, headers=headers)).status_code == 413


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(b"", 200, id="empty"),
        pytest.param(b"{}", 200, id="no hash"),
        pytest.param(b"[]", 400, id="no object"),
        pytest.param(b"{", 400, id="no JSON"),
    ],
)
async def test_body_without_a_hash_in_the_address(
    caller: Caller, content: bytes, status: int
) -> None:
    url = f"{caller.stack.agent_url}/tools/{FLEX}"
    headers = {
        "Content-Type": "application/json",
        "X-Session-Id": caller.session_id,
        "X-Identity": caller.identity,
        **caller.stack.twilio.webhooks.sign(url),
    }

    response = await caller.client.post(url, content=content, headers=headers)

    assert response.status_code == status


@TOOLS
@pytest.mark.parametrize(
    "session_id",
    [
        pytest.param("", id="missing"),
        pytest.param("conversations__", id="cut"),
        pytest.param("messaging__+15550100002/+15550100001", id="messaging"),
        pytest.param("voice__CA1", id="voice"),
        pytest.param(f"conversations__IS{'1' * 32}/CH{'1' * 31}", id="short"),
        pytest.param(f"conversations__IS{'1' * 32}/CH{'1' * 32}/Messages", id="longer"),
        pytest.param(f"conversations__IS{'1' * 32}/../CH{'1' * 32}", id="path"),
        pytest.param("x" * 5000, id="endless"),
    ],
)
async def test_session_that_is_no_conversation_is_named(
    caller: Caller, tool: str, session_id: str
) -> None:
    caller.headers = {"X-Session-Id": session_id}

    response = await caller.call(tool, {"flowSid": caller.flow_sid})

    assert response.status_code == 400
    assert response.text.startswith(f"Could not handover: X-Session-Id '{session_id[:60]}")
    assert len(response.text) < 300


@TOOLS
async def test_session_without_webhook_is_moved_too(caller: Caller, tool: str) -> None:
    caller.headers = {"X-Session-Id": caller.session_id.removeprefix("webhook:")}

    response = await caller.call(tool, {"flowSid": caller.flow_sid})

    assert (response.status_code, nothing_moved(caller)) == (200, False)


@TOOLS
async def test_headers_are_found_in_any_case(caller: Caller, tool: str) -> None:
    caller.headers = {"X-Session-Id": "", "X-Identity": ""} | {
        "x-session-id": caller.session_id,
        "X-IDENTITY": caller.identity,
    }

    response = await caller.call(tool, {"flowSid": caller.flow_sid})

    assert response.status_code == 200


@TOOLS
async def test_conversation_of_another_service_is_not_found(caller: Caller, tool: str) -> None:
    other = caller.stack.twilio.classic.create_service("Other").sid
    caller.headers = {"X-Session-Id": f"webhook:conversations__{other}/{caller.conversation.sid}"}

    response = await caller.call(tool, {"flowSid": caller.flow_sid})

    assert (response.status_code, nothing_moved(caller)) == (404, True)
    assert f"no conversation {caller.conversation.sid} in {other}" in response.text


@TOOLS
async def test_closed_conversation_stays_where_it_is(caller: Caller, tool: str) -> None:
    caller.stack.twilio.classic.close_conversation(caller.conversation.sid)

    response = await caller.call(tool, {"flowSid": caller.flow_sid})

    assert (response.status_code, nothing_moved(caller)) == (409, True)
    assert "is closed" in response.text


async def test_only_posts_are_taken(stack: LocalStack, caller: Caller) -> None:
    for tool in (STUDIO, FLEX):
        assert (await caller.client.get(f"{stack.agent_url}/tools/{tool}")).status_code == 405


async def test_signature_can_be_switched_off() -> None:
    environment = {"AGENT_CHECK_TOOL_SIGNATURE": "false"}
    async with (
        running_locally(environment, has_assistant=True) as stack,
        httpx.AsyncClient() as client,
    ):
        caller = Caller(stack, client, await open_conversation(stack))
        caller.headers = {"X-Twilio-Signature": ""}

        assert (await caller.to_flex()).status_code == 200
        caller.headers["Content-Type"] = "text/plain"
        assert (await caller.to_flex()).status_code == 403
