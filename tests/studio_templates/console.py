"""What Studio's editor makes of a flow, and a person in it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from twilio.rest import Client

from studio_templates.widget_types import MESSAGE_DEFAULTS

Flow = dict[str, Any]
ADDED: dict[str, Flow] = {
    "make-http-request": {"add_twilio_auth": False, "parameters": [], "body": ""},
    "send-to-flex": {"priority": "0", "timeout": "3600", "waitUrlMethod": "POST"},
    "say-play": {"loop": 1, "voice": "default", "language": "en"},
    "send-message": MESSAGE_DEFAULTS,
}


def save(flow: Flow) -> Flow:
    """The flow as the editor writes it: everything moved, turned round, and said in full."""
    saved = copy.deepcopy(flow)
    for place, widget in enumerate(saved["states"]):
        properties: Flow = {**ADDED.get(widget["type"], {}), **widget["properties"]}
        widget["properties"] = {**properties, "offset": {"x": 10 * place, "y": -5}}
        for variable in properties.get("variables", []):
            variable["type"] = "string"
        for transition in widget["transitions"]:
            transition.setdefault("next", None)
        rest = [one for one in widget["transitions"] if one["event"] != "match"]
        widget["transitions"] = rest + [one for one in widget["transitions"] if one not in rest]
        if widget["type"] == "trigger":
            widget["transitions"].append({"event": "incomingParent"})
    saved["states"].reverse()
    saved.setdefault("flags", {}).setdefault("allow_concurrent_calls", True)
    return saved


def widget_of(flow: Flow, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in flow["states"] if one["name"] == name)
    return found


def edit(
    client: Client, sid: str, change: Callable[[Flow], object], *, status: str = "published"
) -> None:
    """Change a flow in the console and save it."""
    flow = client.studio.v2.flows(sid)
    definition = save(flow.fetch().definition)
    change(definition)
    flow.update(status=status, definition=definition, commit_message="by hand")
