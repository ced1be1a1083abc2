"""The channel between Conversations (Classic) and an assistant: two Functions of the account.

https://www.twilio.com/docs/alpha/ai-assistants/code-samples/channel-conversations
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from twilio.request_validator import RequestValidator

from getting_started.twilio_emulator.assistants.models import MessageRequest
from getting_started.twilio_emulator.classic.models import Conversation
from getting_started.twilio_emulator.errors import TwilioError
from getting_started.twilio_emulator.forms import Fields
from getting_started.twilio_emulator.twilio import Cloud, Twilio

PATH = "/functions/channels/conversations"
functions = APIRouter(prefix=PATH)


def message_added_url(twilio: Twilio, assistant_id: str, *, identity: str) -> str:
    """What a conversation service calls for each message that the assistant shall hear."""
    query = urlencode({"AssistantId": assistant_id, "AssistantIdentity": identity})
    return f"{twilio.base_url}{PATH}/messageAdded?{query}"


@functions.post("/messageAdded")
async def message_added(twilio: Cloud, request: Request, form: Fields) -> Response:
    """Gives a message to the assistant, as long as nobody else has the conversation.

    `?AssistantId=aia_asst_...&AssistantIdentity=...`, the latter who the assistant writes as.
    """
    posted = form.to_dict()
    _check_signature(twilio, request, posted)
    conversation = twilio.classic.get_conversation_or_raise(posted["ConversationSid"])
    if reason := _why_not(conversation):
        detail = {"conversation_sid": conversation.sid, "body": posted["Body"]}
        await twilio.journal.record("assistant", event="not listening", reason=reason, **detail)
        return PlainTextResponse("")
    query = urlencode({"_assistantIdentity": request.query_params.get("AssistantIdentity", "")})
    url = f"{twilio.base_url}{PATH}/response?{query}"
    message = _to_message(conversation, posted, url)
    session = twilio.assistants.receive(request.query_params.get("AssistantId", ""), message)
    _set_typing(conversation, True)
    twilio.spawn(twilio.assistants.answer_webhook(session, message.body, url))
    return PlainTextResponse("")


@functions.post("/response")
async def response(twilio: Cloud, request: Request, form: Fields) -> Response:
    """Puts what the assistant said into the conversation."""
    said = form.to_dict()
    _check_signature(twilio, request, said)
    conversation_sid = said["SessionId"].rpartition("/")[2]
    conversation = twilio.classic.get_conversation_or_raise(conversation_sid)
    _set_typing(conversation, False)
    author = request.query_params.get("_assistantIdentity") or "system"
    await twilio.classic.add_message(conversation.sid, author=author, body=said["Body"])
    return PlainTextResponse("")


def _why_not(conversation: Conversation) -> str:
    """Why the assistant does not listen; nothing when it does."""
    if any(webhook.target == "studio" for webhook in conversation.webhooks.values()):
        return "a Studio flow has the conversation"
    if len(conversation.participants) > 1:
        return "there is a second participant"
    return ""


def _set_typing(conversation: Conversation, is_typing: bool) -> None:
    attributes = {**json.loads(conversation.attributes), "assistantIsTyping": is_typing}
    conversation.attributes = json.dumps(attributes)


def _to_message(conversation: Conversation, posted: dict[str, str], url: str) -> MessageRequest:
    author = posted["Author"]
    return MessageRequest(
        identity=author if ":" in author else f"user_id:{author}",
        body=posted["Body"],
        session_id=f"conversations__{conversation.service_sid}/{conversation.sid}",
        webhook=url,
    )


def _check_signature(twilio: Twilio, request: Request, form: dict[str, str]) -> None:
    signature = request.headers.get("x-twilio-signature", "")
    validator = RequestValidator(twilio.account.auth_token)
    if not validator.validate(str(request.url), form, signature):
        raise TwilioError(403, 20003, "The request is not signed by this account")
