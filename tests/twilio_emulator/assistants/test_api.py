"""The API of AI Assistants: assistants, their tools, messages and sessions."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from getting_started.twilio_emulator.assistants.models import Assistant
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.assistants.conftest import ToolServer
from tests.twilio_emulator.conftest import Receiver

TOOL = {"name": "T", "type": "WEBHOOK", "enabled": True, "meta": {"url": "http://127.0.0.1:1/t"}}


async def test_assistant_lives_from_create_to_delete(api: httpx.AsyncClient) -> None:
    created = (await api.post("/Assistants", json={"name": "Acme"})).json()
    path = f"/Assistants/{created['id']}"
    await api.put(path, json={"personality_prompt": "Be brief."})
    fetched = (await api.get(path)).json()
    listed = (await api.get("/Assistants")).json()["assistants"]

    assert created["id"].startswith("aia_asst_")
    assert (fetched["name"], fetched["personality_prompt"], fetched["tools"]) == (
        "Acme",
        "Be brief.",
        [],
    )
    assert [one["id"] for one in listed] == [created["id"]]
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).status_code == 404


async def test_tool_is_attached_and_detached(api: httpx.AsyncClient, assistant: Assistant) -> None:
    tool = (await api.post("/Tools", json=TOOL)).json()
    path = f"/Assistants/{assistant.id}/Tools"

    async def attached() -> list[str]:
        return [one["id"] for one in (await api.get(path)).json()["tools"]]

    for _ in range(2):
        await api.post(f"{path}/{tool['id']}")
    assert (await attached())[1:] == [tool["id"]]
    await api.delete(f"{path}/{tool['id']}")
    assert len(await attached()) == 1


async def test_tool_changes_and_goes(api: httpx.AsyncClient, assistant: Assistant) -> None:
    tool = (await api.post("/Tools", json={**TOOL, "assistant_id": assistant.id})).json()
    path = f"/Tools/{tool['id']}"

    changed = (await api.put(path, json={"enabled": False})).json()
    await api.delete(path)

    assert (changed["enabled"], changed["meta"]["method"]) == (False, "POST")
    assert (await api.get(path)).status_code == 404
    assert len((await api.get("/Tools")).json()["tools"]) == len(assistant.tools) == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("/Assistants", {}, 400, id="nameless"),
        pytest.param("/Tools", {**TOOL, "type": "MAGIC"}, 400, id="type"),
        pytest.param("/Tools", {**TOOL, "meta": {}}, 400, id="no url"),
        pytest.param("/Tools", {**TOOL, "assistant_id": "aia_asst_0"}, 404, id="assistant"),
        pytest.param(
            "/Assistants/aia_asst_0/Messages", {"identity": "a", "body": "b"}, 404, id="0"
        ),
    ],
)
async def test_bad_request_is_refused(
    api: httpx.AsyncClient, path: str, body: dict[str, Any], status: int
) -> None:
    assert (await api.post(path, json=body)).status_code == status


async def test_strangers_are_refused(twilio: Twilio) -> None:
    async with httpx.AsyncClient() as stranger:
        answer = await stranger.get(twilio.url("assistants", "/v1/Assistants"))

    assert answer.status_code == 401


async def test_message_is_answered(api: httpx.AsyncClient, assistant: Assistant) -> None:
    message = {"identity": "user_id:ana", "body": "Open on Saturdays?", "session_id": "chat/1"}
    answer = (await api.post(f"/Assistants/{assistant.id}/Messages", json=message)).json()
    session = (await api.get("/Sessions/chat/1")).json()
    said = (await api.get("/Sessions/chat/1/Messages")).json()["messages"]

    assert (answer["status"], answer["session_id"]) == ("success", "chat/1")
    assert answer["body"] == "We are open on Saturdays."
    assert (session["identity"], session["assistant_id"]) == ("user_id:ana", assistant.id)
    assert [one["role"] for one in said] == ["user", "assistant"]
    assert len((await api.get("/Sessions")).json()["sessions"]) == 1


async def test_webhook_gets_the_answer(
    twilio: Twilio, api: httpx.AsyncClient, assistant: Assistant, receiver: Receiver
) -> None:
    message = {"identity": "user_id:ana", "body": "Hi", "session_id": "s", "webhook": receiver.url}
    answer = (await api.post(f"/Assistants/{assistant.id}/Messages", json=message)).json()
    await twilio.settle()

    [(url, headers, body)] = receiver.requests
    form = {name: value for name, [value] in parse_qs(body.decode()).items()}
    assert (answer["body"], answer["session_id"]) == ("", "webhook:s")
    assert (form["SessionId"], form["Body"]) == ("webhook:s", "Hello! How can I help you?")
    signature = twilio.webhooks.sign(url, form)["X-Twilio-Signature"]
    assert headers["x-twilio-signature"] == signature


async def test_tool_is_called_as_documented(
    twilio: Twilio, api: httpx.AsyncClient, assistant: Assistant, tool_server: ToolServer
) -> None:
    message = {"identity": "phone:+15550100001", "body": "A refund!", "session_id": "chat"}
    answer = (await api.post(f"/Assistants/{assistant.id}/Messages", json=message)).json()

    [(url, headers, body)] = tool_server.calls
    assert (headers["x-session-id"], headers["x-identity"]) == ("chat", "phone:+15550100001")
    assert (headers["x-assistant-id"], headers["content-type"]) == (
        assistant.id,
        "application/json",
    )
    assert (body, "flowSid=FW1&bodySHA256=" in url) == (b"{}", True)
    assert headers["x-twilio-signature"] == twilio.webhooks.sign(url)["X-Twilio-Signature"]
    assert answer["body"] == "Conversation handed over."


@pytest.mark.parametrize("status", [400, 502, None])
async def test_tool_that_fails_is_apologised_for(
    twilio: Twilio,
    api: httpx.AsyncClient,
    assistant: Assistant,
    tool_server: ToolServer,
    status: int | None,
) -> None:
    if status:
        tool_server.status = status
    else:
        assistant.tools[0].request.meta.url = "http://127.0.0.1:1/gone"
    message = {"identity": "user_id:ana", "body": "A refund!"}

    answer = (await api.post(f"/Assistants/{assistant.id}/Messages", json=message)).json()

    assert "I am still here" in answer["body"]
    assert [entry.detail["status"] for entry in twilio.journal.since(0, "assistant")] == [status]
