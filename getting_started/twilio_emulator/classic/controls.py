"""The customer's side of a web chat, which no Twilio REST API has: `/_emulator/chat`.

Twilio's browser SDK speaks a protocol of its own; these routes have the same effect.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from getting_started.twilio_emulator.classic.models import Message
from getting_started.twilio_emulator.errors import bad_request
from getting_started.twilio_emulator.twilio import Cloud, Twilio

controls = APIRouter(prefix="/_emulator/chat")


class NewChat(BaseModel):
    identity: str
    service_sid: str | None = None


class NewMessage(BaseModel):
    identity: str
    body: str


@controls.post("", status_code=201)
async def start_chat(twilio: Cloud, chat: NewChat) -> dict[str, Any]:
    """A new conversation (CH...) with this identity in it.

    `{"identity": "ana@example.org", "service_sid": "IS..."}`; without `service_sid` the bridged
    service is taken. Answers `{"conversation_sid", "service_sid", "identity"}`.
    """
    service_sid = chat.service_sid or _bridged_service_or_raise(twilio)
    conversation = twilio.classic.create_conversation(service_sid, friendly_name="Web chat")
    await twilio.classic.add_participant(conversation.sid, identity=chat.identity)
    return {
        "conversation_sid": conversation.sid,
        "service_sid": service_sid,
        "identity": chat.identity,
    }


@controls.post("/{conversation_sid}/messages", status_code=201)
async def send_message(twilio: Cloud, conversation_sid: str, message: NewMessage) -> dict[str, Any]:
    """The identity writes: `{"identity", "body"}`.

    Answers the message: `{"sid", "conversation_sid", "index", "author", "body", "source"}`.
    """
    sent = await twilio.classic.add_message(
        conversation_sid, author=message.identity, body=message.body, source="SDK"
    )
    return _to_control(sent)


@controls.get("/{conversation_sid}/messages")
async def list_messages(
    twilio: Cloud, conversation_sid: str, after_index: int = -1
) -> dict[str, Any]:
    """What the customer sees, oldest first: `{"messages": [...]}`, those after an index if given.

    The journal's entries of kind `message` (wait for them there) carry the same fields.
    """
    messages = twilio.classic.list_messages(conversation_sid)
    return {"messages": [_to_control(one) for one in messages if one.index > after_index]}


@controls.post("/expire-token", status_code=204)
async def expire_token(twilio: Cloud, identity: str) -> None:
    """The access token of a browser expires now; it goes on with one that it renews."""
    twilio.classic.tokens.expire(identity)
    await twilio.journal.record("token", identity=identity, status="expired")


def _bridged_service_or_raise(twilio: Twilio) -> str:
    for configuration in twilio.orchestrator.configurations.values():
        if configuration.conversations_v1_bridge:
            return configuration.conversations_v1_bridge.service_id
    raise bad_request("No configuration bridges a conversation service; give service_sid")


def _to_control(message: Message) -> dict[str, Any]:
    return {
        "sid": message.sid,
        "conversation_sid": message.conversation_sid,
        "index": message.index,
        "author": message.author,
        "body": message.body,
        "source": message.source,
    }
