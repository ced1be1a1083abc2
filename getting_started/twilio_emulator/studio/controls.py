"""What the editor and the debugger show, and outcomes on demand: `/_emulator/studio`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from getting_started.twilio_emulator.errors import not_found
from getting_started.twilio_emulator.studio.execution import Execution
from getting_started.twilio_emulator.studio.models import ForcedEvent
from getting_started.twilio_emulator.twilio import Cloud
from studio_templates.liquid import LiquidError, render_text

controls = APIRouter(prefix="/_emulator/studio")
Body = dict[str, Any]


@controls.post("/events", status_code=201)
async def force_event(twilio: Cloud, forced: ForcedEvent) -> ForcedEvent:
    """Make a widget give an event, such as `failedToEnqueue`, instead of doing its work."""
    twilio.studio.forced.append(forced)
    return forced


@controls.get("/flows")
async def list_flows(twilio: Cloud) -> Body:
    """Every flow as it runs: `{"flows": [{"flow_sid", "friendly_name", "definition"}]}`."""
    running = [(flow, flow.published or flow.latest) for flow in twilio.studio.flows.flows.values()]
    return {
        "flows": [
            {
                "flow_sid": flow.sid,
                "friendly_name": revision.friendly_name,
                "definition": revision.definition,
            }
            for flow, revision in running
        ]
    }


@controls.get("/executions/{execution_sid}/steps/{step_sid}")
async def fetch_step(twilio: Cloud, execution_sid: str, step_sid: str) -> Body:
    """What a widget was given and what it made of it.

    `{"widget", "event", "next", "input", "output", "variables"}`; `input` are the widget's
    properties as Studio filled them in, for a trigger what started the execution.
    """
    execution = twilio.studio.executions.get(execution_sid)
    steps = execution.steps if execution else []
    place = next((place for place, step in enumerate(steps) if step.sid == step_sid), None)
    if execution is None or place is None:
        raise not_found(f"/Executions/{execution_sid}/Steps/{step_sid}")
    step = steps[place]
    return {
        "widget": step.transitioned_from,
        "event": step.name,
        "next": step.transitioned_to,
        "input": _read_input(execution, place),
        "output": step.context["widgets"].get(step.transitioned_from, {}),
        "variables": step.context["flow"]["variables"],
    }


def _read_input(execution: Execution, place: int) -> Body:
    if place == 0:
        trigger: Body = execution.steps[0].context["trigger"]
        return trigger
    widget = execution.definition.find(execution.steps[place].transitioned_from)
    properties = dict(widget.properties) if widget else {}
    properties.pop("offset", None)
    filled: Body = _fill_in(properties, execution.steps[place - 1].context)
    return filled


def _fill_in(value: Any, context: Body) -> Any:
    """Templates rendered wherever they stand; one that cannot be is shown as it is."""
    if isinstance(value, dict):
        return {key: _fill_in(part, context) for key, part in value.items()}
    if isinstance(value, list):
        return [_fill_in(part, context) for part in value]
    if not isinstance(value, str):
        return value
    try:
        return render_text(value, context)
    except LiquidError:
        return value
