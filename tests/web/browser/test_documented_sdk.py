"""The widget uses of Twilio's SDK what its documentation has, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Route, expect

from agent.settings import Settings
from tests.web.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="package")

SDK = (Path(__file__).parent / "documented_sdk.js").read_bytes()
INTEGRITY = f"sha256-{base64.b64encode(hashlib.sha256(SDK).digest()).decode()}"
CORS = {"Access-Control-Allow-Origin": "*"}


@pytest_asyncio.fixture(loop_scope="package")
async def live(visitor: Visitor) -> Visitor:
    """A visitor who is let in as Twilio's customers are: by our answer, to Twilio's address."""
    url = Settings.model_fields["chat_sdk_url"].default
    tokens = count(1)

    async def admit(route: Route) -> None:
        admission = {
            "identity": "visitor-1",
            "token": f"token {next(tokens)}",
            "expiresInSeconds": 3600,
            "conversationSid": "CH1",
            "agentIdentity": "ai-assistant",
            "sdk": {"url": url, "integrity": INTEGRITY},
        }
        await route.fulfill(json=admission)

    policy = {"content-security-policy": "script-src 'self' https://sdk.twilio.com"}

    async def allow_twilio(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, headers={**answer.headers, **policy})

    await visitor.page.route("**/chat/token", admit)
    await visitor.page.route("**/shop/", allow_twilio)
    await visitor.page.route(url, lambda route: route.fulfill(body=SDK, headers=CORS))
    await visitor.page.reload()
    await visitor.open()
    return visitor


async def drive(visitor: Visitor, call: str, *values: Any) -> Any:
    return await visitor.page.evaluate(f"(values) => window.sdk.{call}(...values)", values)


async def test_talk_with_agent_and_human(live: Visitor) -> None:
    await live.write("Hello")
    await live.sees("The assistant is typing…")
    await drive(live, "say", "ai-assistant", "How can I help?")
    await drive(live, "update", {"handoff": {"id": "h", "state": "queued", "place": 2}}, "active")
    await live.sees("Your place in the queue: 2.")
    await drive(live, "join", "FX1")
    await live.sees("Jordan has joined.")
    await drive(live, "type", "FX1")
    await live.sees("Jordan is typing…")
    await drive(live, "say", "FX1", "Hi, this is Jordan")
    await expect(live.widget.locator(".human .by")).to_contain_text("Jordan")
    await expect(live.widget.get_by_text("Jordan is typing…")).to_have_count(0)
    await drive(live, "leave", "FX1")
    await live.sees("Jordan has left.")
    await drive(live, "update", {"handoff": {"id": "h", "state": "returned"}}, "active")
    await live.sees("The assistant is here again.")
    await drive(live, "update", {}, "closed")
    await live.sees("This conversation has ended.")

    assert live.complaints == []


async def test_token_is_renewed_before_it_expires(live: Visitor) -> None:
    await expect(live.page.locator("body[data-token='token 1']")).to_be_attached()

    await drive(live, "expire")

    await expect(live.page.locator("body[data-token='token 2']")).to_be_attached()
    await live.write("Still here")
    await expect(live.messages("mine")).to_have_text(["Still here"])
    assert live.complaints == []


async def test_lost_connection_is_shown_and_waited_for(live: Visitor) -> None:
    await drive(live, "connection", "connecting")
    await live.sees("Connecting…")
    await live.write("Into the dark")
    await live.sees("Waiting for the connection…")

    await drive(live, "connection", "connected")

    await expect(live.widget.locator(".fate")).to_have_count(0)
    await expect(live.messages("mine")).to_have_text(["Into the dark"])
    assert live.complaints == []
