"""HTTP of Conversations (Classic): every collection below `/v1` and `/v1/Services/{IS}`.

https://www.twilio.com/docs/conversations-classic/api
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request

from getting_started.twilio_emulator.classic.models import Conversation
from getting_started.twilio_emulator.classic.people_routes import people
from getting_started.twilio_emulator.classic.scope import In, Scope, read_attributes
from getting_started.twilio_emulator.classic.settings_routes import settings
from getting_started.twilio_emulator.errors import bad_request
from getting_started.twilio_emulator.forms import Fields, Form, to_page
from getting_started.twilio_emulator.twilio import Cloud

services = APIRouter(prefix="/v1/Services")
collections = APIRouter()


# Services


@services.post("", status_code=201)
async def create_service(twilio: Cloud, form: Fields) -> dict[str, Any]:
    service = twilio.classic.create_service(form.get_or_raise("FriendlyName"))
    return service.to_json(twilio.url("conversations", "/v1"))


@services.get("")
async def list_services(twilio: Cloud, request: Request) -> dict[str, Any]:
    root = twilio.url("conversations", "/v1")
    return to_page(
        request, "services", [one.to_json(root) for one in twilio.classic.services.values()]
    )


@services.get("/{service_sid}")
async def fetch_service(twilio: Cloud, service_sid: str) -> dict[str, Any]:
    service = twilio.classic.get_service_or_raise(service_sid)
    return service.to_json(twilio.url("conversations", "/v1"))


@services.delete("/{service_sid}", status_code=204)
async def delete_service(twilio: Cloud, service_sid: str) -> None:
    twilio.classic.delete_service(service_sid)


# Conversations


@collections.post("/Conversations", status_code=201)
async def create_conversation(scope: In, form: Fields) -> dict[str, Any]:
    conversation = scope.store.create_conversation(
        scope.service.sid,
        friendly_name=form.get("FriendlyName"),
        unique_name=form.get("UniqueName"),
        attributes=read_attributes(form),
        messaging_service_sid=form.get("MessagingServiceSid"),
    )
    _apply(scope, conversation, form)
    return conversation.to_json(scope.root)


@collections.get("/Conversations")
async def list_conversations(scope: In, request: Request) -> dict[str, Any]:
    state = request.query_params.get("State")
    found = [
        one.to_json(scope.root)
        for one in scope.store.conversations.values()
        if one.service_sid == scope.service.sid and state in (None, one.state)
    ]
    return to_page(request, "conversations", found)


@collections.get("/Conversations/{conversation_sid}")
async def fetch_conversation(scope: In, conversation_sid: str) -> dict[str, Any]:
    return scope.find(conversation_sid).to_json(scope.root)


@collections.post("/Conversations/{conversation_sid}")
async def update_conversation(scope: In, conversation_sid: str, form: Fields) -> dict[str, Any]:
    conversation = scope.find(conversation_sid)
    conversation.friendly_name = form.get("FriendlyName") or conversation.friendly_name
    conversation.unique_name = form.get("UniqueName") or conversation.unique_name
    conversation.attributes = read_attributes(form, conversation.attributes)
    _apply(scope, conversation, form)
    scope.store.changed(conversation, "attributes")
    return conversation.to_json(scope.root)


@collections.delete("/Conversations/{conversation_sid}", status_code=204)
async def delete_conversation(scope: In, conversation_sid: str) -> None:
    del scope.store.conversations[scope.find(conversation_sid).sid]


@collections.post("/ConversationWithParticipants", status_code=201)
async def create_with_participants(scope: In, form: Fields) -> dict[str, Any]:
    """`Participant` repeats: a JSON object each."""
    conversation = scope.store.create_conversation(
        scope.service.sid,
        friendly_name=form.get("FriendlyName"),
        unique_name=form.get("UniqueName"),
        attributes=read_attributes(form),
    )
    for written in form.all("Participant"):
        participant = json.loads(written)
        binding = participant.get("messaging_binding") or {}
        await scope.store.add_participant(
            conversation.sid,
            identity=participant.get("identity"),
            address=binding.get("address"),
            proxy_address=binding.get("proxy_address"),
        )
    return conversation.to_json(scope.root)


# Participants


@collections.post("/Conversations/{conversation_sid}/Participants", status_code=201)
async def create_participant(scope: In, conversation_sid: str, form: Fields) -> dict[str, Any]:
    participant = await scope.store.add_participant(
        scope.find(conversation_sid).sid,
        identity=form.get("Identity"),
        address=form.get("MessagingBinding.Address"),
        proxy_address=form.get("MessagingBinding.ProxyAddress"),
        attributes=read_attributes(form),
    )
    participant.role_sid = form.get("RoleSid")
    return participant.to_json(scope.root)


@collections.get("/Conversations/{conversation_sid}/Participants")
async def list_participants(scope: In, conversation_sid: str, request: Request) -> dict[str, Any]:
    found = scope.find(conversation_sid).participants.values()
    return to_page(request, "participants", [one.to_json(scope.root) for one in found])


@collections.get("/Conversations/{conversation_sid}/Participants/{participant_sid}")
async def fetch_participant(
    scope: In, conversation_sid: str, participant_sid: str
) -> dict[str, Any]:
    conversation = scope.find(conversation_sid)
    participant = scope.store.get_participant_or_raise(conversation.sid, participant_sid)
    return participant.to_json(scope.root)


@collections.post("/Conversations/{conversation_sid}/Participants/{participant_sid}")
async def update_participant(
    scope: In, conversation_sid: str, participant_sid: str, form: Fields
) -> dict[str, Any]:
    conversation = scope.find(conversation_sid)
    participant = scope.store.get_participant_or_raise(conversation.sid, participant_sid)
    participant.attributes = read_attributes(form, participant.attributes)
    participant.role_sid = form.get("RoleSid") or participant.role_sid
    scope.store.touch(participant)
    return participant.to_json(scope.root)


@collections.delete(
    "/Conversations/{conversation_sid}/Participants/{participant_sid}", status_code=204
)
async def delete_participant(scope: In, conversation_sid: str, participant_sid: str) -> None:
    await scope.store.remove_participant(scope.find(conversation_sid).sid, participant_sid)


# Messages


@collections.post("/Conversations/{conversation_sid}/Messages", status_code=201)
async def create_message(
    scope: In, conversation_sid: str, form: Fields, request: Request
) -> dict[str, Any]:
    body = form.get("Body")
    if not body:
        raise bad_request("Message body or media is required", code=50501)
    message = await scope.store.add_message(
        scope.find(conversation_sid).sid,
        author=form.get("Author") or "system",
        body=body,
        attributes=read_attributes(form),
        webhook_enabled=request.headers.get("X-Twilio-Webhook-Enabled") == "true",
    )
    return message.to_json(scope.root)


@collections.get("/Conversations/{conversation_sid}/Messages")
async def list_messages(scope: In, conversation_sid: str, request: Request) -> dict[str, Any]:
    found = [one.to_json(scope.root) for one in scope.find(conversation_sid).messages]
    if request.query_params.get("Order") == "desc":
        found.reverse()
    return to_page(request, "messages", found)


@collections.get("/Conversations/{conversation_sid}/Messages/{message_sid}")
async def fetch_message(scope: In, conversation_sid: str, message_sid: str) -> dict[str, Any]:
    conversation = scope.find(conversation_sid)
    return scope.store.get_message_or_raise(conversation.sid, message_sid).to_json(scope.root)


@collections.post("/Conversations/{conversation_sid}/Messages/{message_sid}")
async def update_message(
    scope: In, conversation_sid: str, message_sid: str, form: Fields
) -> dict[str, Any]:
    conversation = scope.find(conversation_sid)
    message = scope.store.get_message_or_raise(conversation.sid, message_sid)
    message.body = form.get("Body") or message.body
    message.author = form.get("Author") or message.author
    message.attributes = read_attributes(form, message.attributes)
    scope.store.touch(message)
    return message.to_json(scope.root)


@collections.delete("/Conversations/{conversation_sid}/Messages/{message_sid}", status_code=204)
async def delete_message(scope: In, conversation_sid: str, message_sid: str) -> None:
    conversation = scope.find(conversation_sid)
    message = scope.store.get_message_or_raise(conversation.sid, message_sid)
    conversation.messages.remove(message)


# Webhooks of one conversation


@collections.post("/Conversations/{conversation_sid}/Webhooks", status_code=201)
async def create_webhook(scope: In, conversation_sid: str, form: Fields) -> dict[str, Any]:
    webhook = scope.store.add_webhook(
        scope.find(conversation_sid).sid,
        target=form.get_or_raise("Target"),
        configuration=_read_webhook(form),
    )
    return webhook.to_json(scope.root)


@collections.get("/Conversations/{conversation_sid}/Webhooks")
async def list_webhooks(scope: In, conversation_sid: str, request: Request) -> dict[str, Any]:
    found = scope.find(conversation_sid).webhooks.values()
    return to_page(request, "webhooks", [one.to_json(scope.root) for one in found])


@collections.get("/Conversations/{conversation_sid}/Webhooks/{webhook_sid}")
async def fetch_webhook(scope: In, conversation_sid: str, webhook_sid: str) -> dict[str, Any]:
    conversation = scope.find(conversation_sid)
    return scope.store.get_webhook_or_raise(conversation.sid, webhook_sid).to_json(scope.root)


@collections.post("/Conversations/{conversation_sid}/Webhooks/{webhook_sid}")
async def update_webhook(
    scope: In, conversation_sid: str, webhook_sid: str, form: Fields
) -> dict[str, Any]:
    conversation = scope.find(conversation_sid)
    webhook = scope.store.get_webhook_or_raise(conversation.sid, webhook_sid)
    webhook.configuration = {**webhook.configuration, **_read_webhook(form)}
    return webhook.to_json(scope.root)


@collections.delete("/Conversations/{conversation_sid}/Webhooks/{webhook_sid}", status_code=204)
async def delete_webhook(scope: In, conversation_sid: str, webhook_sid: str) -> None:
    scope.store.remove_webhook(scope.find(conversation_sid).sid, webhook_sid)


def _apply(scope: Scope, conversation: Conversation, form: Form) -> None:
    """State and timers, which creating and updating share."""
    for name in ("Inactive", "Closed"):
        timer = form.get(f"Timers.{name}")
        if timer is not None:
            conversation.timers[f"{name.lower()}_timer"] = timer
    state = form.get("State")
    if state:
        scope.store.set_state(conversation.sid, state)
    scope.store.touch(conversation)


def _read_webhook(form: Form) -> dict[str, Any]:
    """The `Configuration.*` fields that were given, as the resource prints them."""
    single = {
        "Url": "url",
        "Method": "method",
        "FlowSid": "flow_sid",
        "ReplayAfter": "replay_after",
    }
    lists = {"Filters": "filters", "Triggers": "triggers"}
    found: dict[str, Any] = {
        key: form.get(f"Configuration.{name}")
        for name, key in single.items()
        if form.get(f"Configuration.{name}") is not None
    }
    for name, key in lists.items():
        if form.all(f"Configuration.{name}"):
            found[key] = form.all(f"Configuration.{name}")
    return found


router = APIRouter()
router.include_router(services)
router.include_router(settings)
for prefix in ("/v1/Services/{service_sid}", "/v1"):
    router.include_router(collections, prefix=prefix)
    router.include_router(people, prefix=prefix)
