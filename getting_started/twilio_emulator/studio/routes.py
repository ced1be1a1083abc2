"""HTTP of Studio v2.

https://www.twilio.com/docs/studio/rest-api/v2
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from getting_started.twilio_emulator.errors import bad_request, not_found
from getting_started.twilio_emulator.forms import Fields, to_page
from getting_started.twilio_emulator.studio.execution import Execution
from getting_started.twilio_emulator.studio.flows import find_problems, invalid_flow
from getting_started.twilio_emulator.studio.models import Flow, Step
from getting_started.twilio_emulator.studio.store import StudioStore
from getting_started.twilio_emulator.studio.views import Views
from getting_started.twilio_emulator.twilio import Cloud

router = APIRouter(prefix="/v2/Flows")
Json = dict[str, Any]


def store_of(twilio: Cloud) -> StudioStore:
    return twilio.studio


def views_of(twilio: Cloud) -> Views:
    return Views(twilio.url("studio"), twilio.url("webhooks"), twilio.account.sid)


Store = Annotated[StudioStore, Depends(store_of)]
View = Annotated[Views, Depends(views_of)]


def find_flow(store: Store, flow_sid: str) -> Flow:
    return store.flows.get_or_raise(flow_sid)


def find_execution(store: Store, flow_sid: str, execution_sid: str) -> Execution:
    return store.get_execution_or_raise(flow_sid, execution_sid)


Found = Annotated[Flow, Depends(find_flow)]
Ran = Annotated[Execution, Depends(find_execution)]


@router.post("", status_code=201)
async def create_flow(store: Store, view: View, fields: Fields) -> Json:
    flow = store.flows.create(
        fields.get_or_raise("FriendlyName"),
        _definition_in(fields.get_or_raise("Definition")),
        status=fields.get_or_raise("Status"),
        commit_message=fields.get("CommitMessage"),
    )
    return view.flow(flow)


@router.get("")
async def list_flows(request: Request, store: Store, view: View) -> Json:
    return to_page(request, "flows", [view.flow(flow) for flow in store.flows.flows.values()])


@router.post("/Validate")
async def validate_flow(fields: Fields) -> Json:
    errors = find_problems(_definition_in(fields.get_or_raise("Definition")))
    if errors:
        raise invalid_flow(errors)
    return {"valid": True}


@router.get("/{flow_sid}")
async def fetch_flow(flow: Found, view: View) -> Json:
    return view.flow(flow)


@router.post("/{flow_sid}")
async def update_flow(flow_sid: str, store: Store, view: View, fields: Fields) -> Json:
    definition = fields.get("Definition")
    flow = store.flows.update(
        flow_sid,
        friendly_name=fields.get("FriendlyName"),
        definition=_definition_in(definition) if definition else None,
        status=fields.get_or_raise("Status"),
        commit_message=fields.get("CommitMessage"),
    )
    return view.flow(flow)


@router.delete("/{flow_sid}", status_code=204)
async def delete_flow(flow_sid: str, store: Store) -> None:
    store.flows.delete(flow_sid)


@router.get("/{flow_sid}/Revisions")
async def list_revisions(request: Request, flow: Found, view: View) -> Json:
    newest_first = reversed(flow.revisions)
    return to_page(request, "revisions", [view.revision(flow, one) for one in newest_first])


@router.get("/{flow_sid}/Revisions/{name}")
async def fetch_revision(flow: Found, name: str, store: Store, view: View) -> Json:
    return view.revision(flow, store.flows.get_revision_or_raise(flow.sid, name))


@router.get("/{flow_sid}/TestUsers")
async def fetch_test_users(flow: Found, view: View) -> Json:
    return view.test_users(flow)


@router.post("/{flow_sid}/TestUsers", status_code=201)
async def update_test_users(flow: Found, view: View, fields: Fields) -> Json:
    flow.test_users = fields.all("TestUsers")
    return view.test_users(flow)


@router.post("/{flow_sid}/Executions", status_code=201)
async def create_execution(flow_sid: str, store: Store, view: View, fields: Fields) -> Json:
    execution = store.request_execution(
        flow_sid,
        to=fields.get_or_raise("To"),
        from_=fields.get_or_raise("From"),
        parameters=_object_in("Parameters", fields.get("Parameters") or "{}"),
    )
    return view.execution(execution)


@router.get("/{flow_sid}/Executions")
async def list_executions(
    request: Request,
    flow: Found,
    store: Store,
    view: View,
    DateCreatedFrom: str = "",  # noqa: N803 - Twilio's name of the query parameter
    DateCreatedTo: str = "~",  # noqa: N803 - Twilio's name of the query parameter
) -> Json:
    newest_first = reversed(store.executions.values())
    shown = [
        view.execution(execution)
        for execution in newest_first
        if execution.flow_sid == flow.sid
        and DateCreatedFrom <= execution.date_created <= DateCreatedTo
    ]
    return to_page(request, "executions", shown)


@router.get("/{flow_sid}/Executions/{execution_sid}")
async def fetch_execution(execution: Ran, view: View) -> Json:
    return view.execution(execution)


@router.post("/{flow_sid}/Executions/{execution_sid}")
async def end_execution(execution: Ran, store: Store, view: View, fields: Fields) -> Json:
    if fields.get("Status") != "ended":
        raise bad_request("Status can only become ended")
    return view.execution(await store.end_execution(execution.flow_sid, execution.sid))


@router.delete("/{flow_sid}/Executions/{execution_sid}")
async def delete_execution(execution: Ran, store: Store) -> Response:
    await store.delete_execution(execution.flow_sid, execution.sid)
    return Response(status_code=204)


@router.get("/{flow_sid}/Executions/{execution_sid}/Context")
async def fetch_execution_context(execution: Ran, view: View) -> Json:
    return view.execution_context(execution)


@router.get("/{flow_sid}/Executions/{execution_sid}/Steps")
async def list_steps(request: Request, execution: Ran, view: View) -> Json:
    newest_first = reversed(execution.steps)
    return to_page(request, "steps", [view.step(execution, step) for step in newest_first])


@router.get("/{flow_sid}/Executions/{execution_sid}/Steps/{step_sid}")
async def fetch_step(execution: Ran, step_sid: str, view: View) -> Json:
    return view.step(execution, _find_step(execution, step_sid))


@router.get("/{flow_sid}/Executions/{execution_sid}/Steps/{step_sid}/Context")
async def fetch_step_context(execution: Ran, step_sid: str, view: View) -> Json:
    return view.step_context(execution, _find_step(execution, step_sid))


def _find_step(execution: Execution, step_sid: str) -> Step:
    step = next((step for step in execution.steps if step.sid == step_sid), None)
    if step is None:
        raise not_found(f"/Executions/{execution.sid}/Steps/{step_sid}")
    return step


def _object_in(name: str, text: str) -> Json:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise bad_request(f"{name} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise bad_request(f"{name} must be a JSON object")
    return value


def _definition_in(text: str) -> Json:
    return _object_in("Definition", text)
