"""The customer's phone for SMS, WhatsApp and RCS: `/_emulator/sms`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from getting_started.twilio_emulator.twilio import Cloud

controls = APIRouter(prefix="/_emulator/sms")


class NewMessage(BaseModel):
    from_: str = Field(alias="from")
    to: str
    body: str


@controls.post("", status_code=201)
async def send_message(twilio: Cloud, message: NewMessage) -> dict[str, str | None]:
    """A customer writes to one of our addresses: `{"from", "to", "body"}`. Answers
    `{"sid", "conversation_sid"}`, the latter null where no conversation takes it.

    WhatsApp addresses carry `whatsapp:`, RCS ones `rcs:`.
    """
    sid = await twilio.messaging.receive(from_=message.from_, to=message.to, body=message.body)
    kept = twilio.messaging.get_message_or_raise(sid)
    return {"sid": sid, "conversation_sid": kept.conversation_sid}


@controls.get("/inbox")
async def read_inbox(twilio: Cloud, address: str) -> dict[str, Any]:
    """What reached the phone at `address`, oldest first.

    Answers `{"messages": [{"sid", "from", "to", "body", "author", "conversation_sid"}]}`; `author`
    is the identity that wrote it in the conversation, where there is one.
    """
    return {"messages": [message.to_control() for message in twilio.messaging.inbox(address)]}
