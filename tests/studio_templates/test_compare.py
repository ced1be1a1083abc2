"""What differs between a template and a flow, and what only looks so."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from studio_templates.compare import Difference, find_differences
from studio_templates.render import EXAMPLE, render
from tests.studio_templates.console import Flow, save, widget_of

TEMPLATE = render(EXAMPLE).to_dict()


def change(edit: Callable[[Flow], object]) -> Flow:
    """The flow as the editor writes it once `edit` was made."""
    flow = copy.deepcopy(TEMPLATE)
    edit(flow)
    return save(flow)


def set_to(widget: str, name: str, value: Any) -> Callable[[Flow], object]:
    return lambda flow: widget_of(flow, widget)["properties"].__setitem__(name, value)


def set_next(widget: str, place: int, value: str | None) -> Callable[[Flow], object]:
    return lambda flow: widget_of(flow, widget)["transitions"][place].__setitem__("next", value)


def swap_branches(flow: Flow) -> None:
    branches = widget_of(flow, "split_on_handoff")["transitions"]
    branches[0], branches[1] = branches[1], branches[0]


def set_variable(widget: str, place: int, value: str) -> Callable[[Flow], object]:
    return lambda flow: widget_of(flow, widget)["properties"]["variables"][place].update(
        value=value
    )


def add_widget(flow: Flow) -> None:
    flow["states"].append({"name": "beep", "type": "say-play", "properties": {"digits": "1"}})
    flow["states"][-1]["transitions"] = [{"event": "audioComplete"}]


SAME = {
    "saved in the editor": lambda flow: None,
    "a property is said to be empty": set_to("announce_person", "play", ""),
    "a default is left out": lambda flow: widget_of(flow, "announce_person")["properties"].pop(
        "loop"
    ),
    "flags are left out": lambda flow: flow.pop("flags"),
}


@pytest.mark.parametrize("name", SAME)
def test_flow_is_equal(name: str) -> None:
    assert find_differences(TEMPLATE, change(SAME[name])) == []


# What was edited, and by what widget and field it is found.
EDITED = {
    "words": (set_to("announce_person", "say", "Hm."), "announce_person", "properties.say"),
    "a setting is added": (
        set_to("announce_person", "voice", "Polly.Amy"),
        "announce_person",
        "properties.voice",
    ),
    "a setting is taken away": (
        set_to("queue_call", "workflow_sid", None),
        "queue_call",
        "properties.workflow_sid",
    ),
    "a switch is turned": (
        set_to("get_pending_handoff", "add_twilio_auth", True),
        "get_pending_handoff",
        "properties.add_twilio_auth",
    ),
    "a variable": (
        set_variable("note_offer", 0, "no"),
        "note_offer",
        "properties.variables.agent_offered.value",
    ),
    "an arrow": (
        set_next("announce_person", 0, "queue_call"),
        "announce_person",
        "transitions.audioComplete.next",
    ),
    "an arrow is cut": (
        set_next("announce_person", 0, None),
        "announce_person",
        "transitions.audioComplete",
    ),
    "a new arrow": (
        set_next("split_on_handoff", 1, "queue_call"),
        "split_on_handoff",
        "transitions.match 2.next",
    ),
    "the beginning": (
        lambda flow: flow.update(initial_state="queue_call"),
        "",
        "initial_state",
    ),
    "a flag": (
        lambda flow: flow.update(flags={"allow_concurrent_calls": False}),
        "",
        "flags.allow_concurrent_calls",
    ),
    "a widget is added": (add_widget, "beep", ""),
    "a widget is removed": (
        lambda flow: flow["states"].remove(widget_of(flow, "note_silence")),
        "note_silence",
        "",
    ),
}


@pytest.mark.parametrize("name", EDITED)
def test_edit_is_found(name: str) -> None:
    edit, widget, field = EDITED[name]

    found = find_differences(TEMPLATE, change(edit))

    assert [(one.widget, one.field) for one in found] in (
        [(widget, field)],
        [(widget, field + ".next")],
    )


def test_both_sides_are_told() -> None:
    found = find_differences(TEMPLATE, change(set_to("announce_person", "say", "Hm.")))

    words = "I am connecting you with a colleague now. Please stay on the line."
    assert found == [Difference("announce_person", "properties.say", words, "Hm.")]


def test_order_of_branches_counts() -> None:
    assert find_differences(TEMPLATE, change(swap_branches)) != []
