"""Small flows for tests."""

from __future__ import annotations

from typing import Any

Definition = dict[str, Any]


def widget(name: str, type_: str, properties: dict[str, Any], **transitions: str) -> Definition:
    """`transitions` are events with the names of the widgets they lead to, `""` for the end."""
    return {
        "name": name,
        "type": type_,
        "properties": properties,
        "transitions": [
            {"event": event.replace("_", "-"), "next": following}
            for event, following in transitions.items()
        ],
    }


def flow(*widgets: Definition, event: str = "incomingRequest") -> Definition:
    """A flow that starts with the first widget."""
    trigger = widget("Trigger", "trigger", {}, **{event: widgets[0]["name"]})
    return {"initial_state": "Trigger", "states": [trigger, *widgets]}


def set_variables(name: str, following: str = "", /, **values: str) -> Definition:
    variables = [{"key": key, "value": value} for key, value in values.items()]
    return widget(name, "set-variables", {"variables": variables}, next=following)


def split(name: str, text: str, *branches: tuple[str, str, str]) -> Definition:
    """`branches` are condition type, value and next widget; noMatch ends."""
    matches = [
        {
            "event": "match",
            "next": following,
            "conditions": [{"type": kind, "arguments": [text], "value": value}],
        }
        for kind, value, following in branches
    ]
    return {
        "name": name,
        "type": "split-based-on",
        "properties": {"input": text},
        "transitions": [*matches, {"event": "noMatch"}],
    }
