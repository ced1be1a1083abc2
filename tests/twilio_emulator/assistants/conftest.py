"""An assistant with one tool, and the application behind that tool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from getting_started.serving import listen, serving
from getting_started.twilio_emulator.assistants.functions import message_added_url
from getting_started.twilio_emulator.assistants.models import (
    Assistant,
    AssistantRequest,
    ToolMeta,
    ToolRequest,
)
from getting_started.twilio_emulator.classic.models import Conversation
from getting_started.twilio_emulator.outgoing import new_client
from getting_started.twilio_emulator.twilio import Twilio

REFUNDS = "You MUST use this if a customer is asking for a refund."


@dataclass
class ToolServer:
    """Keeps the calls it gets, and answers each with `status` and `text`."""

    url: str = ""
    status: int = 200
    text: str = "Conversation handed over"
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
async def tool_server() -> AsyncIterator[ToolServer]:
    app, server = FastAPI(), ToolServer()

    @app.post("/tool")
    async def answer(request: Request) -> Response:
        server.calls.append((str(request.url), dict(request.headers), await request.body()))
        return Response(server.text, server.status)

    async with serving(app, listen()) as url:
        server.url = f"{url}/tool?flowSid=FW1"
        yield server


@pytest.fixture
def assistant(twilio: Twilio, tool_server: ToolServer) -> Assistant:
    assistant = twilio.assistants.create_assistant(
        AssistantRequest(name="Acme", personality_prompt="We are open on Saturdays.")
    )
    twilio.assistants.create_tool(
        ToolRequest(
            name="Refunds",
            description=REFUNDS,
            enabled=True,
            meta=ToolMeta(url=tool_server.url),
            assistant_id=assistant.id,
        )
    )
    return assistant


@pytest.fixture
async def api(twilio: Twilio) -> AsyncIterator[httpx.AsyncClient]:
    """The library has no client of this product."""
    auth = (twilio.account.api_key, twilio.account.api_secret)
    async with new_client(base_url=twilio.url("assistants", "/v1"), auth=auth) as client:
        yield client


@pytest.fixture
async def conversation(twilio: Twilio, assistant: Assistant) -> Conversation:
    """One that the assistant hears, with a customer in it."""
    service = twilio.classic.create_service("AI Assistants")
    url = message_added_url(twilio, assistant.id, identity="acme")
    twilio.classic.webhook_settings[service.sid] = {"post_webhook_url": url}
    conversation = twilio.classic.create_conversation(service.sid)
    await twilio.classic.add_participant(conversation.sid, identity="ana")
    return conversation
