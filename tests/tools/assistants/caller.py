"""An assistant's calls of its tools, as Twilio makes them, and what comes of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from getting_started.local import LocalStack
from getting_started.twilio_emulator.assistants.seed import assistant_service_sid
from getting_started.twilio_emulator.classic.models import Conversation
from getting_started.twilio_emulator.taskrouter.models import Task

STUDIO = "studio-handover"
FLEX = "flex-handover"


@dataclass
class Caller:
    """One conversation, and the assistant in it."""

    stack: LocalStack
    client: httpx.AsyncClient
    conversation: Conversation
    identity: str = "user_id:ana"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def session_id(self) -> str:
        return f"webhook:conversations__{self.conversation.service_sid}/{self.conversation.sid}"

    @property
    def flow_sid(self) -> str:
        flows = self.stack.twilio.studio.flows.flows.values()
        return next(flow.sid for flow in flows if flow.latest.friendly_name == "Refunds")

    @property
    def sent_headers(self) -> dict[str, str]:
        """As the tool sees them."""
        return {"x-session-id": self.session_id, "x-identity": self.identity}

    async def call(
        self, tool: str, query: dict[str, str] | None = None, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        """Signed as events are; `headers` replace what would be sent, empty ones are left out."""
        content = json.dumps(body or {}).encode()
        path = f"/tools/{tool}?{urlencode(query or {})}"
        url = f"{self.stack.agent_url}{path}&bodySHA256={hashlib.sha256(content).hexdigest()}"
        headers = {
            "Content-Type": "application/json",
            "X-Session-Id": self.session_id,
            "X-Identity": self.identity,
            **self.stack.twilio.webhooks.sign(url),
            **self.headers,
        }
        sent = {name: value for name, value in headers.items() if value}
        return await self.client.post(url, content=content, headers=sent)

    async def to_studio(self, **query: str) -> httpx.Response:
        return await self.call(STUDIO, {"flowSid": self.flow_sid, **query})

    async def to_flex(self, **query: str) -> httpx.Response:
        return await self.call(FLEX, query)

    @property
    def flows(self) -> list[str]:
        """The flows that listen to the conversation."""
        webhooks = self.conversation.webhooks.values()
        return [one.configuration["flow_sid"] for one in webhooks if one.target == "studio"]

    @property
    def tasks(self) -> list[Task]:
        """The conversation's tasks that were not canceled."""
        return [
            task
            for task in self.stack.twilio.taskrouter.tasks.values()
            if task.attributes["conversationSid"] == self.conversation.sid
            and task.status != "canceled"
        ]


async def open_conversation(stack: LocalStack, identity: str = "ana") -> Conversation:
    """One in which only the customer is."""
    classic = stack.twilio.classic
    conversation = classic.create_conversation(assistant_service_sid(stack.twilio))
    await classic.add_participant(conversation.sid, identity=identity)
    return conversation
