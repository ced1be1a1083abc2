"""Send Message and Send & Wait For Reply.

https://www.twilio.com/docs/studio/widget-library/send-message
https://www.twilio.com/docs/studio/widget-library/send-wait-reply
"""

from __future__ import annotations

import json
import re

from getting_started.twilio_emulator.errors import TwilioError, bad_request
from getting_started.twilio_emulator.studio.execution import (
    ExecutionError,
    MessageArrived,
    Pause,
    Signal,
    TimedOut,
)
from getting_started.twilio_emulator.studio.widgets.base import Outcome, Runner, Visit

PHONE_ADDRESS = re.compile(r"([a-z]+:)?\+?\d+")
DEFAULT_WAIT_SECONDS = 3_600


class SendMessage(Runner):
    """Into the execution's conversation, or to the customer's phone."""

    async def enter(self, visit: Visit) -> Outcome:
        return "sent" if await _send(visit) else "failed"


class SendAndWaitForReply(Runner):
    """Sends, then waits for what the customer writes."""

    async def enter(self, visit: Visit) -> Outcome:
        if not await _send(visit):
            return "deliveryFailure"
        return Pause(MessageArrived, seconds=visit.number("timeout", default=DEFAULT_WAIT_SECONDS))

    async def resume(self, visit: Visit, signal: Signal) -> Outcome:
        if isinstance(signal, TimedOut):
            return "timeout"
        if not isinstance(signal, MessageArrived):
            raise ExecutionError(f"{visit.widget.name}: unexpected {type(signal).__name__}")
        outputs = visit.execution.context["widgets"][visit.widget.name]
        visit.put({**outputs, "inbound": signal.form})
        return "incomingMessage"


async def _send(visit: Visit) -> bool:
    """False, with an alert, when nothing could be sent."""
    try:
        outbound = await _deliver(visit)
    except TwilioError as error:
        await visit.alert(f"{error.status} {error.code}: {error.message}")
        return False
    visit.put({"outbound": outbound})
    return True


async def _deliver(visit: Visit) -> dict[str, str]:
    execution, body = visit.execution, _body_of(visit)
    sender = visit.text("from") or str(execution.channel.get("address", ""))
    if execution.channel.get("status") == "handed off":
        raise bad_request("The conversation has been handed off")
    if conversation_sid := execution.conversation_sid:
        message = await visit.twilio.classic.add_message(conversation_sid, author=sender, body=body)
        return {"Sid": message.sid, "ConversationSid": conversation_sid, "Body": body}
    to = visit.text("to") or execution.contact
    if not PHONE_ADDRESS.fullmatch(to):
        raise bad_request(f"The 'To' number {to} is not a valid phone number", code=21211)
    sid = await visit.twilio.messaging.deliver(from_=sender, to=to, body=body)
    return {"Sid": sid, "Status": "sent", "From": sender, "To": to, "Body": body}


def _body_of(visit: Visit) -> str:
    """The words; for a content template its SID and variables, as its text is kept elsewhere."""
    content_sid = visit.text("content_sid")
    if not content_sid:
        return visit.text("body")
    variables = json.dumps(visit.pairs("content_variables"), ensure_ascii=False)
    return f"[{content_sid} {variables}]"
