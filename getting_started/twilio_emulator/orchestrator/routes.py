"""HTTP of Conversation Orchestrator.

https://www.twilio.com/docs/api/conversations/v2
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request

from getting_started.twilio_emulator.forms import to_token_page
from getting_started.twilio_emulator.orchestrator.models import (
    ActionRequest,
    CommunicationRequest,
    Conversation,
    ConversationRequest,
    ConversationUpdate,
    ParticipantRequest,
    Party,
    PartyRequest,
    Recipient,
    RelatedOperation,
)
from getting_started.twilio_emulator.twilio import Cloud
from getting_started.twilio_emulator.wire import Body, parse, without_null

router = APIRouter(prefix="/v2")
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key")]


async def find_conversation(twilio: Cloud, conversation_id: str) -> Conversation:
    """The conversation in the path, after what time has made due."""
    await twilio.orchestrator.apply_timeouts()
    return twilio.orchestrator.get_conversation_or_raise(conversation_id)


Found = Annotated[Conversation, Depends(find_conversation)]


@router.post("/ControlPlane/Configurations", status_code=202)
async def create_configuration(
    twilio: Cloud, body: Body, key: IdempotencyKey = None
) -> dict[str, Any]:
    control_plane = twilio.orchestrator.control_plane

    def create() -> RelatedOperation:
        return control_plane.start_change(control_plane.create(body).id, before=None)

    return control_plane.once(key, create).to_accepted()


@router.get("/ControlPlane/Configurations")
async def list_configurations(twilio: Cloud, request: Request) -> dict[str, Any]:
    memory_store_id = request.query_params.get("memoryStoreId")
    found = [
        configuration
        for configuration in twilio.orchestrator.control_plane.read_all()
        if memory_store_id in (None, configuration["memoryStoreId"])
    ]
    return to_token_page(request, "configurations", found)


@router.get("/ControlPlane/Configurations/{configuration_id}")
async def fetch_configuration(twilio: Cloud, configuration_id: str) -> dict[str, Any]:
    return twilio.orchestrator.control_plane.read_or_raise(configuration_id)


@router.put("/ControlPlane/Configurations/{configuration_id}", status_code=202)
async def update_configuration(
    twilio: Cloud, configuration_id: str, body: Body, key: IdempotencyKey = None
) -> dict[str, Any]:
    control_plane = twilio.orchestrator.control_plane

    def replace() -> RelatedOperation:
        before = control_plane.get_or_raise(configuration_id)
        control_plane.replace(configuration_id, body)
        return control_plane.start_change(configuration_id, before)

    return control_plane.once(key, replace).to_accepted()


@router.patch("/ControlPlane/Configurations/{configuration_id}", status_code=202)
async def patch_configuration(
    twilio: Cloud, configuration_id: str, body: Body, key: IdempotencyKey = None
) -> dict[str, Any]:
    control_plane = twilio.orchestrator.control_plane

    def merge() -> RelatedOperation:
        before = control_plane.get_or_raise(configuration_id)
        control_plane.merge(configuration_id, body)
        return control_plane.start_change(configuration_id, before)

    return control_plane.once(key, merge).to_accepted()


@router.delete("/ControlPlane/Configurations/{configuration_id}", status_code=202)
async def delete_configuration(
    twilio: Cloud, configuration_id: str, key: IdempotencyKey = None
) -> dict[str, Any]:
    control_plane = twilio.orchestrator.control_plane

    def delete() -> RelatedOperation:
        before = control_plane.get_or_raise(configuration_id)
        control_plane.delete(configuration_id)
        return control_plane.start_change(configuration_id, before)

    return control_plane.once(key, delete).to_accepted()


@router.get("/ControlPlane/Operations/{operation_id}")
async def fetch_operation(twilio: Cloud, operation_id: str) -> dict[str, Any]:
    return twilio.orchestrator.control_plane.operations.read_or_raise(operation_id).to_json()


@router.post("/Conversations", status_code=201)
async def create_conversation(twilio: Cloud, body: Body) -> dict[str, Any]:
    await twilio.orchestrator.apply_timeouts()
    request = parse(ConversationRequest, without_null(body))
    return (await twilio.orchestrator.create_conversation(request)).to_json()


@router.get("/Conversations")
async def list_conversations(twilio: Cloud, request: Request) -> dict[str, Any]:
    """Filters `status` (repeatable) and `channelId`; the query names also in PascalCase."""
    await twilio.orchestrator.apply_timeouts()
    query = request.query_params
    statuses = query.getlist("status") or query.getlist("Status")
    channel_id = query.get("channelId") or query.get("ChannelId")
    found = [
        conversation.to_summary()
        for conversation in twilio.orchestrator.conversations.values()
        if (not statuses or conversation.status in statuses)
        and (channel_id is None or conversation.has_channel_id(channel_id))
    ]
    return to_token_page(request, "conversations", found)


@router.get("/Conversations/{conversation_id}")
async def fetch_conversation(conversation: Found) -> dict[str, Any]:
    return conversation.to_json()


@router.put("/Conversations/{conversation_id}")
async def update_conversation(twilio: Cloud, conversation: Found, body: Body) -> dict[str, Any]:
    update = parse(ConversationUpdate, body)
    await twilio.orchestrator.update_conversation(conversation, update, replace=True)
    return conversation.to_json()


@router.patch("/Conversations/{conversation_id}")
async def patch_conversation(twilio: Cloud, conversation: Found, body: Body) -> dict[str, Any]:
    update = parse(ConversationUpdate, body)
    await twilio.orchestrator.update_conversation(conversation, update, replace=False)
    return conversation.to_json()


@router.delete("/Conversations/{conversation_id}", status_code=202)
async def delete_conversation(
    twilio: Cloud, conversation_id: str, key: IdempotencyKey = None
) -> dict[str, Any]:
    orchestrator = twilio.orchestrator

    def delete() -> RelatedOperation:
        orchestrator.delete_conversation(conversation_id)
        return orchestrator.control_plane.start_operation(conversationId=conversation_id)

    return orchestrator.control_plane.once(key, delete).to_accepted()


@router.post("/Conversations/{conversation_id}/Participants", status_code=201)
async def create_participant(twilio: Cloud, conversation: Found, body: Body) -> dict[str, Any]:
    request = parse(ParticipantRequest, without_null(body))
    return twilio.orchestrator.add_participant(conversation, request).to_json()


@router.get("/Conversations/{conversation_id}/Participants")
async def list_participants(conversation: Found, request: Request) -> dict[str, Any]:
    found = [participant.to_json() for participant in conversation.participants.values()]
    return to_token_page(request, "participants", found)


@router.get("/Conversations/{conversation_id}/Participants/{participant_id}")
async def fetch_participant(
    twilio: Cloud, conversation: Found, participant_id: str
) -> dict[str, Any]:
    return twilio.orchestrator.get_participant_or_raise(conversation, participant_id).to_json()


@router.put("/Conversations/{conversation_id}/Participants/{participant_id}")
async def update_participant(
    twilio: Cloud, conversation: Found, participant_id: str, body: Body
) -> dict[str, Any]:
    request = parse(ParticipantRequest, without_null(body))
    return twilio.orchestrator.replace_participant(conversation, participant_id, request).to_json()


@router.post("/Conversations/{conversation_id}/Communications", status_code=201)
async def create_communication(twilio: Cloud, conversation: Found, body: Body) -> dict[str, Any]:
    request = parse(CommunicationRequest, without_null(body))
    communication = await twilio.orchestrator.add_communication(
        conversation,
        author=Party(**_identify(conversation, request.author)),
        recipients=[Recipient(**_identify(conversation, one)) for one in request.recipients],
        content=request.content,
        channel_id=request.channel_id,
        resource_id=request.resource_id,
        occurred_at=request.occurred_at,
    )
    return communication.to_json()


@router.get("/Conversations/{conversation_id}/Communications")
async def list_communications(conversation: Found, request: Request) -> dict[str, Any]:
    channel_id = request.query_params.get("channelId")
    found = [
        communication.to_json()
        for communication in conversation.communications.values()
        if channel_id in (None, communication.channel_id)
    ]
    return to_token_page(request, "communications", found)


@router.get("/Conversations/{conversation_id}/Communications/{communication_id}")
async def fetch_communication(
    twilio: Cloud, conversation: Found, communication_id: str
) -> dict[str, Any]:
    return twilio.orchestrator.get_communication_or_raise(conversation, communication_id).to_json()


@router.post("/Conversations/{conversation_id}/Actions", status_code=202)
async def create_action(twilio: Cloud, conversation: Found, body: Body) -> dict[str, Any]:
    request = parse(ActionRequest, body)
    return twilio.orchestrator.actions.create(conversation, request).to_json()


@router.get("/Conversations/{conversation_id}/Actions/{action_id}")
async def fetch_action(twilio: Cloud, conversation: Found, action_id: str) -> dict[str, Any]:
    return twilio.orchestrator.actions.get_or_raise(conversation, action_id).to_json()


def _identify(conversation: Conversation, party: PartyRequest) -> dict[str, Any]:
    """A party given by address alone is looked up among the participants."""
    owner = conversation.owner_of(party.channel, party.address)
    known = party.participant_id or (owner.id if owner else "")
    return {**party.model_dump(), "participant_id": known}
