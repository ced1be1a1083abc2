"""Shapes of AI Assistants (Developer Preview).

https://www.twilio.com/docs/alpha/ai-assistants/api
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from getting_started.twilio_emulator.clock import to_timestamp


class AssistantRequest(BaseModel):
    name: str
    owner: str = ""
    personality_prompt: str = ""
    customer_ai: dict[str, Any] = Field(default_factory=dict)


class ToolMeta(BaseModel):
    """What is called; `input_schema` tells the model in TypeScript what to send."""

    url: str
    method: Literal["POST"] = "POST"
    input_schema: str = "{}"


class ToolRequest(BaseModel):
    name: str
    description: str = ""
    type: Literal["WEBHOOK"] = "WEBHOOK"
    enabled: bool
    meta: ToolMeta
    assistant_id: str | None = None


class MessageRequest(BaseModel):
    """Words of `identity`, such as `user_id:ana`; with `webhook` the answer goes there."""

    identity: str
    body: str
    session_id: str | None = None
    webhook: str | None = None
    mode: Literal["chat", "email", "voice"] = "chat"


@dataclass(kw_only=True)
class Resource:
    """What every resource has."""

    id: str
    account_sid: str
    created: datetime

    def to_json(self) -> dict[str, Any]:
        date = to_timestamp(self.created)
        return {
            "id": self.id,
            "account_sid": self.account_sid,
            "date_created": date,
            "date_updated": date,
        }


@dataclass(kw_only=True)
class Tool(Resource):
    """An HTTP request that an assistant may make (aia_tool_...)."""

    request: ToolRequest

    def to_json(self) -> dict[str, Any]:
        fields = self.request.model_dump(exclude={"assistant_id"})
        return {**super().to_json(), **fields, "requires_auth": False}


@dataclass(kw_only=True)
class Assistant(Resource):
    """An assistant (aia_asst_...) with the tools it may use, in their order."""

    request: AssistantRequest
    tools: list[Tool] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), **self.request.model_dump(), "model": "readable-rules"}


@dataclass(kw_only=True)
class Message(Resource):
    """What was said (aia_msg_...): by the `user`, the `assistant` or a `tool`."""

    assistant_id: str
    session_id: str
    identity: str
    role: Literal["user", "assistant", "tool"]
    text: str
    meta: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            **super().to_json(),
            "assistant_id": self.assistant_id,
            "session_id": self.session_id,
            "identity": self.identity,
            "role": self.role,
            "content": {"type": "text", "content": self.text},
            "meta": self.meta,
        }


@dataclass(kw_only=True)
class Session(Resource):
    """One conversation of one assistant, under the name that its channel gives it."""

    assistant_id: str
    identity: str
    messages: list[Message] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            **super().to_json(),
            "assistant_id": self.assistant_id,
            "identity": self.identity,
            "verified": False,
        }
