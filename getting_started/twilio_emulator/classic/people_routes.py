"""HTTP of Conversations (Classic) across conversations: who is where, users and roles."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from getting_started.twilio_emulator.classic.models import to_date
from getting_started.twilio_emulator.classic.scope import In, read_attributes
from getting_started.twilio_emulator.errors import bad_request
from getting_started.twilio_emulator.forms import Fields, to_page

people = APIRouter()


@people.get("/ParticipantConversations")
async def list_participant_conversations(scope: In, request: Request) -> dict[str, Any]:
    identity = request.query_params.get("Identity")
    address = request.query_params.get("Address")
    if (identity is None) == (address is None):
        raise bad_request("Give either Identity or Address")
    found = [
        {
            "account_sid": conversation.account_sid,
            "chat_service_sid": conversation.service_sid,
            "participant_sid": participant.sid,
            "participant_user_sid": None,
            "participant_identity": participant.identity,
            "participant_messaging_binding": participant.binding,
            "conversation_sid": conversation.sid,
            "conversation_unique_name": conversation.unique_name,
            "conversation_friendly_name": conversation.friendly_name,
            "conversation_attributes": conversation.attributes,
            "conversation_date_created": to_date(conversation.created),
            "conversation_date_updated": to_date(conversation.updated),
            "conversation_created_by": "system",
            "conversation_state": conversation.state,
            "conversation_timers": conversation.timers,
            "links": {},
        }
        for conversation in scope.store.conversations.values()
        for participant in conversation.participants.values()
        if conversation.service_sid == scope.service.sid
        and (participant.address == address if address else participant.identity == identity)
    ]
    return to_page(request, "conversations", found)


@people.get("/Users")
async def list_users(scope: In, request: Request) -> dict[str, Any]:
    found = [one for one in scope.store.users.values() if one.service_sid == scope.service.sid]
    return to_page(request, "users", [one.to_json(scope.root) for one in found])


@people.post("/Users", status_code=201)
async def create_user(scope: In, form: Fields) -> dict[str, Any]:
    user = scope.store.get_or_create_user(scope.service.sid, form.get_or_raise("Identity"))
    user.friendly_name = form.get("FriendlyName") or user.friendly_name
    user.attributes = read_attributes(form, user.attributes)
    return user.to_json(scope.root)


@people.get("/Users/{name}")
async def fetch_user(scope: In, name: str) -> dict[str, Any]:
    return scope.store.get_user_or_raise(scope.service.sid, name).to_json(scope.root)


@people.get("/Roles")
async def list_roles(scope: In, request: Request) -> dict[str, Any]:
    scope.store.default_service()
    found = [one for one in scope.store.roles.values() if one.service_sid == scope.service.sid]
    return to_page(request, "roles", [one.to_json(scope.root) for one in found])
