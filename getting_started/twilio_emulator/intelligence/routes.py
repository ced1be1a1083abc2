"""HTTP of Conversation Intelligence.

https://www.twilio.com/docs/api/intelligence/v3
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request

from getting_started.twilio_emulator.errors import TwilioError, not_found
from getting_started.twilio_emulator.forms import to_token_page
from getting_started.twilio_emulator.intelligence.models import (
    ConfigurationRequest,
    OperatorRequest,
    OperatorResult,
    RuleExecutionRequest,
)
from getting_started.twilio_emulator.orchestrator.models import Conversation
from getting_started.twilio_emulator.twilio import Cloud, Twilio
from getting_started.twilio_emulator.wire import Body, parse, without_null

router = APIRouter(prefix="/v3")
IfMatch = Annotated[str | None, Header(alias="If-Match")]


@router.post("/ControlPlane/Configurations", status_code=201)
async def create_configuration(twilio: Cloud, body: Body) -> dict[str, Any]:
    request = parse(ConfigurationRequest, without_null(body))
    return twilio.intelligence.create_configuration(request).to_json()


@router.get("/ControlPlane/Configurations")
async def list_configurations(twilio: Cloud, request: Request) -> dict[str, Any]:
    found = twilio.intelligence.read_all_configurations()
    return to_token_page(request, "items", found)


@router.get("/ControlPlane/Configurations/{configuration_id}")
async def fetch_configuration(twilio: Cloud, configuration_id: str) -> dict[str, Any]:
    return twilio.intelligence.read_configuration_or_raise(configuration_id)


@router.put("/ControlPlane/Configurations/{configuration_id}")
async def update_configuration(twilio: Cloud, configuration_id: str, body: Body) -> dict[str, Any]:
    request = parse(ConfigurationRequest, without_null(body))
    return twilio.intelligence.replace_configuration(configuration_id, request).to_json()


@router.delete("/ControlPlane/Configurations/{configuration_id}", status_code=204)
async def delete_configuration(twilio: Cloud, configuration_id: str) -> None:
    twilio.intelligence.delete_configuration(configuration_id)


@router.post("/ControlPlane/Operators", status_code=201)
async def create_operator(twilio: Cloud, body: Body) -> dict[str, Any]:
    request = parse(OperatorRequest, without_null(body))
    return twilio.intelligence.create_operator(request).to_json()


@router.get("/ControlPlane/Operators")
async def list_operators(twilio: Cloud, request: Request) -> dict[str, Any]:
    found = [one.to_json() for one in twilio.intelligence.operators.values()]
    return to_token_page(request, "items", found)


@router.get("/ControlPlane/Operators/{operator_id}")
async def fetch_operator(twilio: Cloud, operator_id: str) -> dict[str, Any]:
    return twilio.intelligence.get_operator_or_raise(operator_id).to_json()


@router.put("/ControlPlane/Operators/{operator_id}")
async def update_operator(
    twilio: Cloud, operator_id: str, body: Body, if_match: IfMatch = None
) -> dict[str, Any]:
    operator = twilio.intelligence.get_own_operator_or_raise(operator_id)
    if if_match is not None and if_match.strip('W/"') != str(operator.version):
        raise TwilioError(412, 20412, f"The operator is at version {operator.version}")
    request = parse(OperatorRequest, without_null(body))
    changed = operator.model_copy(update={**request.model_dump(), "version": operator.version + 1})
    twilio.intelligence.operators[operator_id] = changed
    return changed.to_json()


@router.delete("/ControlPlane/Operators/{operator_id}", status_code=204)
async def delete_operator(twilio: Cloud, operator_id: str) -> None:
    del twilio.intelligence.operators[twilio.intelligence.get_own_operator_or_raise(operator_id).id]


@router.get("/OperatorResults")
async def list_operator_results(twilio: Cloud, request: Request) -> dict[str, Any]:
    await twilio.orchestrator.apply_timeouts()
    query = request.query_params
    found = [
        one.to_json()
        for one in twilio.intelligence.results.values()
        if query.get("conversationId") in (None, one.conversation_id)
        and query.get("operatorId") in (None, one.operator["id"])
        and query.get("intelligenceConfigurationId") in (None, one.intelligence_configuration["id"])
    ]
    return to_token_page(request, "items", found)


@router.get("/OperatorResults/{result_id}")
async def fetch_operator_result(twilio: Cloud, result_id: str) -> dict[str, Any]:
    return _result_or_raise(twilio, result_id).to_json()


@router.delete("/OperatorResults/{result_id}", status_code=204)
async def delete_operator_result(twilio: Cloud, result_id: str) -> None:
    del twilio.intelligence.results[_result_or_raise(twilio, result_id).id]


@router.post("/RuleExecutions", status_code=202)
async def create_rule_execution(twilio: Cloud, body: Body) -> dict[str, Any]:
    await twilio.intelligence.execute_rule(parse(RuleExecutionRequest, without_null(body)))
    return {}


@router.get("/Conversations")
async def list_conversations(twilio: Cloud, request: Request) -> dict[str, Any]:
    status = request.query_params.get("status")
    found = [
        _to_json(twilio, one)
        for one in twilio.orchestrator.conversations.values()
        if status in (None, one.status)
    ]
    return to_token_page(request, "items", found)


@router.get("/Conversations/{conversation_id}")
async def fetch_conversation(twilio: Cloud, conversation_id: str) -> dict[str, Any]:
    conversation = twilio.orchestrator.get_conversation_or_raise(conversation_id)
    return _to_json(twilio, conversation)


def _result_or_raise(twilio: Twilio, result_id: str) -> OperatorResult:
    if result_id not in twilio.intelligence.results:
        raise not_found(f"/OperatorResults/{result_id}")
    return twilio.intelligence.results[result_id]


def _to_json(twilio: Twilio, conversation: Conversation) -> dict[str, Any]:
    """A conversation as this product sees it."""
    channel_ids = {one.channel_id for one in conversation.communications.values()}
    results = [
        one.id
        for one in twilio.intelligence.results.values()
        if one.conversation_id == conversation.id
    ]
    return {
        "id": conversation.id,
        "accountId": conversation.account_id,
        "name": conversation.name,
        "status": conversation.status,
        "createdAt": conversation.created_at,
        "updatedAt": conversation.updated_at,
        "intelligenceConfigurationIds": conversation.configuration.intelligence_configuration_ids,
        "conversationConfigurationId": conversation.configuration_id,
        "channels": sorted(conversation.last_traffic),
        "channelIds": sorted(one for one in channel_ids if one),
        "participants": [one.id for one in conversation.participants.values()],
        "communications": list(conversation.communications),
        "operatorResultIds": results,
    }
