"""What browsers use: the stand-in for Twilio's Conversations SDK, and the line it talks on.

The real SDK speaks a protocol of its own over a WebSocket; `browser_sdk.js` offers the methods of
it that a web chat needs, over the routes here. `/_emulator/browser` is open to pages of any site,
as Twilio is; an access token says who asks.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from getting_started.twilio_emulator.classic.models import Conversation, Message, to_date
from getting_started.twilio_emulator.errors import TwilioError, answer_unknown, answer_with_error
from getting_started.twilio_emulator.twilio import Cloud, Twilio

SDK_FILE = Path(__file__).parent / "browser_sdk.js"
SDK_PATH = "/sdk/js/conversations/releases/2.7.0/twilio-conversations.min.js"

sdk = APIRouter()
lines = APIRouter()


def sdk_integrity() -> str:
    """The hash by which a page makes sure that it got this stand-in."""
    digest = hashlib.sha256(SDK_FILE.read_bytes()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@sdk.get(SDK_PATH)
async def fetch_sdk() -> FileResponse:
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
    return FileResponse(SDK_FILE, media_type="text/javascript", headers=headers)


class NewMessage(BaseModel):
    body: str
    attributes: dict[str, Any] = Field(default_factory=dict)


async def read_identity(twilio: Cloud, request: Request) -> str:
    """Who asks, by the token in the header."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    return twilio.classic.tokens.identity_of(token)


Identity = Annotated[str, Depends(read_identity)]


@lines.post("/token")
async def renew_token(twilio: Cloud, request: Request) -> dict[str, str]:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    return {"identity": twilio.classic.tokens.renew(token)}


@lines.get("/conversations/{conversation_sid}")
async def fetch_conversation(
    twilio: Cloud, identity: Identity, conversation_sid: str
) -> dict[str, Any]:
    """`{"sid", "state", "attributes", "participants": [{"sid", "identity"}], "lastIndex"}`."""
    conversation = _find(twilio, conversation_sid, identity)
    return {**_describe(conversation), "lastIndex": conversation.next_index() - 1}


@lines.get("/conversations/{conversation_sid}/messages")
async def list_messages(
    twilio: Cloud,
    identity: Identity,
    conversation_sid: str,
    before: int | None = None,
    size: int = 30,
) -> list[dict[str, Any]]:
    """The last `size` messages with an index up to `before`, or of all, oldest first."""
    messages = _find(twilio, conversation_sid, identity).messages
    found = [one for one in messages if before is None or one.index <= before]
    return [_to_browser(one) for one in found[-size:]]


@lines.post("/conversations/{conversation_sid}/messages", status_code=201)
async def send_message(
    twilio: Cloud, identity: Identity, conversation_sid: str, message: NewMessage
) -> dict[str, int]:
    sent = await twilio.classic.add_message(
        _find(twilio, conversation_sid, identity).sid,
        author=identity,
        body=message.body,
        attributes=json.dumps(message.attributes),
        source="SDK",
    )
    return {"index": sent.index}


async def check_token(twilio: Cloud, conversation_sid: str, token: str) -> None:
    """Of somebody who may follow the conversation."""
    _find(twilio, conversation_sid, twilio.classic.tokens.identity_of(token))


@lines.get(
    "/conversations/{conversation_sid}/events",
    response_class=EventSourceResponse,
    dependencies=[Depends(check_token)],
)
async def follow_conversation(
    twilio: Cloud, conversation_sid: str, token: str, after: int = -1
) -> AsyncGenerator[ServerSentEvent, None]:
    """`conversation` (as fetched) when it changes, each `message` with an index above `after`,
    and `token` when the token is good no more, which ends the events."""
    shown: dict[str, Any] = {}
    async for _changes in twilio.journal.follow(twilio.journal.last_number, most=1):
        try:
            twilio.classic.tokens.identity_of(token)
        except TwilioError as error:
            yield ServerSentEvent(event="token", data=error.to_body())
            return
        conversation = twilio.classic.get_conversation_or_raise(conversation_sid)
        if shown != (shown := _describe(conversation)):
            yield ServerSentEvent(event="conversation", data=shown)
        for message in conversation.messages:
            if message.index > after:
                after = message.index
                yield ServerSentEvent(event="message", data=_to_browser(message))


@lines.get("/users/{identity}")
async def fetch_user(twilio: Cloud, _asker: Identity, identity: str) -> dict[str, str | None]:
    for user in twilio.classic.users.values():
        if user.identity == identity:
            return {"identity": identity, "friendlyName": user.friendly_name}
    return {"identity": identity, "friendlyName": None}


def _find(twilio: Twilio, conversation_sid: str, identity: str) -> Conversation:
    conversation = twilio.classic.get_conversation_or_raise(conversation_sid)
    if conversation.participant_writing_as(identity) is None:
        raise TwilioError(403, 20403, f"{identity} is not in {conversation_sid}")
    return conversation


def _describe(conversation: Conversation) -> dict[str, Any]:
    return {
        "sid": conversation.sid,
        "state": conversation.state,
        "attributes": json.loads(conversation.attributes),
        "participants": [
            {"sid": one.sid, "identity": one.identity} for one in conversation.participants.values()
        ],
    }


def _to_browser(message: Message) -> dict[str, Any]:
    return {
        "sid": message.sid,
        "index": message.index,
        "author": message.author,
        "body": message.body,
        "attributes": json.loads(message.attributes),
        "dateCreated": to_date(message.created),
        "participantSid": message.participant_sid,
    }


def create_browser_app() -> FastAPI:
    """The lines, for pages of any site."""
    app = FastAPI(
        openapi_url=None,
        exception_handlers={TwilioError: answer_with_error, HTTPException: answer_unknown},
    )
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
    )
    app.include_router(lines)
    return app
