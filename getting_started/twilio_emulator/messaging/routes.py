"""HTTP of Programmable Messaging, below `/2010-04-01/Accounts/{account_sid}`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from getting_started.twilio_emulator.errors import bad_request
from getting_started.twilio_emulator.forms import read_form, read_number
from getting_started.twilio_emulator.messaging.models import Message
from getting_started.twilio_emulator.twilio import Cloud

router = APIRouter(prefix="/2010-04-01/Accounts/{account_sid}")


@router.post("/Messages.json", status_code=201)
async def create_message(twilio: Cloud, request: Request) -> dict[str, Any]:
    form = await read_form(request)
    to = form.get("To")
    from_ = form.get("From") or form.get("MessagingServiceSid")
    body = form.get("Body")
    if not to:
        raise bad_request("A 'To' phone number is required.", code=21604)
    if not from_:
        raise bad_request("A 'From' phone number is required.", code=21603)
    if not body:
        raise bad_request("Message body is required.", code=21602)
    sid = await twilio.messaging.create(
        from_=from_, to=to, body=body, status_callback=form.get("StatusCallback")
    )
    return {**twilio.messaging.messages[sid].to_json(), "status": "queued"}


@router.get("/Messages.json")
async def list_messages(twilio: Cloud, request: Request) -> dict[str, Any]:
    to, from_ = request.query_params.get("To"), request.query_params.get("From")
    size = read_number(request.query_params.get("PageSize") or "50", "PageSize")
    page = read_number(request.query_params.get("Page") or "0", "Page", least=0)
    found = [one for one in twilio.messaging.messages.values() if _matches(one, from_, to)]
    newest_first = found[::-1]
    more = len(found) > (page + 1) * size
    following = request.url.include_query_params(Page=page + 1, PageSize=size)
    return {
        "messages": [one.to_json() for one in newest_first[page * size : (page + 1) * size]],
        "page": page,
        "page_size": size,
        "next_page_uri": f"{_below_product(str(following.path))}?{following.query}"
        if more
        else None,
        "uri": _below_product(request.url.path),
    }


@router.get("/Messages/{message_sid}.json")
async def fetch_message(twilio: Cloud, message_sid: str) -> dict[str, Any]:
    return twilio.messaging.get_message_or_raise(message_sid).to_json()


@router.delete("/Messages/{message_sid}.json", status_code=204)
async def delete_message(twilio: Cloud, message_sid: str) -> None:
    twilio.messaging.get_message_or_raise(message_sid)
    del twilio.messaging.messages[message_sid]


def _matches(message: Message, from_: str | None, to: str | None) -> bool:
    return from_ in (None, message.from_) and to in (None, message.to)


def _below_product(path: str) -> str:
    """`/api/2010-04-01/...` as the API prints it: without the product."""
    return path.removeprefix("/api")
