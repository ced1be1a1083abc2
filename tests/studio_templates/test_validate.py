"""Each check of a flow, by a flow that fails it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from studio_templates.definition import FlowDefinition
from studio_templates.render import EXAMPLE, render
from studio_templates.validate import MAX_WIDGETS, find_definition_errors, find_errors

Flow = dict[str, Any]

GOOD: Flow = {
    "initial_state": "Trigger",
    "states": [
        {
            "name": "Trigger",
            "type": "trigger",
            "properties": {},
            "transitions": [
                {"event": "incomingRequest", "next": "note"},
                {"event": "incomingCall"},
            ],
        },
        {
            "name": "note",
            "type": "set-variables",
            "properties": {"variables": [{"key": "who", "value": "{{contact.channel.address}}"}]},
            "transitions": [{"event": "next", "next": "choose"}],
        },
        {
            "name": "choose",
            "type": "split-based-on",
            "properties": {"input": "{{flow.variables.who}}"},
            "transitions": [
                {
                    "event": "match",
                    "next": "resume",
                    "conditions": [
                        {
                            "type": "equal_to",
                            "arguments": ["{{flow.variables.who}}"],
                            "value": "ana",
                        }
                    ],
                },
                {"event": "noMatch"},
            ],
        },
        {
            "name": "resume",
            "type": "resume-conversation",
            "properties": {"conversation_service_sid": "IS1", "conversation_sid": "CH1"},
            "transitions": [{"event": "resumed", "next": "flex"}, {"event": "failed"}],
        },
        {
            "name": "flex",
            "type": "send-to-flex",
            "properties": {
                "workflow": "WW1",
                "channel": "TC1",
                "attributes": '{"a":{{widgets.resume.conversation.sid | to_json}}}',
            },
            "transitions": [{"event": "callComplete"}],
        },
    ],
}


def change(path: str, value: Any) -> Flow:
    """GOOD with one place changed: `states.1.name`; None takes it away."""
    flow = copy.deepcopy(GOOD)
    part: Any = flow
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    for step in steps:
        part = part[step]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return flow


def test_good_flow_has_no_errors() -> None:
    assert find_errors(GOOD) == []


# Where it is changed, to what, and the one error that follows.
REFUSED = [
    ("initial_state", "Start", "flow: initial_state: there is no widget 'Start'; name the trigger"),
    ("initial_state", "note", "flow: initial_state: 'note' is no trigger; name the trigger"),
    ("initial_state", None, "flow: initial_state: field required; correct its type"),
    ("states", "none", "flow: states: input should be a valid list; correct its type"),
    ("states.1.type", "set-variable", "there is no widget type 'set-variable'"),
    ("states.1.properties.variables", None, "properties.variables: is missing"),
    ("states.3.properties.conversation_sid", "", "properties.conversation_sid: is missing"),
    ("states.4.properties.workflow", None, "properties.workflow: is missing"),
    ("states.4.properties.timeout", 3600, "properties.timeout: int found, string expected"),
    ("states.1.transitions.0.event", "done", "a set-variables has no event 'done'"),
    ("states.1.transitions.0.next", "gone", "'next' leads to no widget 'gone'"),
    ("states.2.transitions.0.conditions", None, "transitions.0.conditions: is missing"),
    ("states.2.transitions.0.conditions.0.type", "is", "there is no condition 'is'"),
    ("states.2.properties.input", "{{ flow", "properties.input: the Liquid does not parse"),
    ("states.4.properties.attributes", "{{ 1 | to_yaml }}", "there is no filter 'to_yaml'"),
    ("states.2.transitions.0.conditions.0.value", "{% for %}", "the Liquid does not parse"),
    (
        "states.0.transitions.1.next",
        "note",
        "widget 'resume': type: can only be used in flows triggered by the REST API; "
        "take it out of the path that starts with incomingCall",
    ),
]


@pytest.mark.parametrize(("path", "value", "message"), REFUSED)
def test_studio_would_refuse(path: str, value: Any, message: str) -> None:
    errors = find_definition_errors(change(path, value))

    assert any(message in str(error) for error in errors), [str(error) for error in errors]


@pytest.mark.parametrize("name", ["", "two words", "ümlaut", "x" * 65, "a.b"])
def test_illegal_name_is_refused(name: str) -> None:
    (error,) = (
        e for e in find_definition_errors(change("states.4.name", name)) if e.widget == name
    )

    assert error.problem == f"'{name}' is no legal name"


def test_name_taken_twice_is_refused() -> None:
    flow = copy.deepcopy(GOOD)
    flow["states"].append(copy.deepcopy(flow["states"][4]))

    (error,) = find_definition_errors(flow)

    assert (error.problem, error.path) == ("another widget is called 'flex'", "#/states/5/name")


def test_second_trigger_is_refused() -> None:
    flow = copy.deepcopy(GOOD)
    flow["states"].append({**flow["states"][0], "name": "Other"})

    assert [e.problem for e in find_definition_errors(flow)] == ["a flow has one trigger"]


def test_too_many_widgets_are_refused() -> None:
    flow = copy.deepcopy(GOOD)
    flow["states"] += [{"name": f"w{n}", "type": "say-play"} for n in range(MAX_WIDGETS)]

    problems = [e.problem for e in find_definition_errors(flow) if not e.widget]

    assert problems == ["2005 widgets, 2000 is the limit"]


# What Studio lets pass and a template must not do.
STRICTER = [
    ("states.2.transitions.0.next", "", "resume", "no transition leads here"),
    (
        "states.2.properties.input",
        "{{flow.variables.whom}}",
        "choose",
        "'flow.variables.whom' is set by no widget before this one",
    ),
    (
        "states.1.properties.variables.0.value",
        "{{widgets.flex.sid}}",
        "note",
        "'widgets.flex.sid': no widget 'flex' comes before this one",
    ),
    (
        "states.1.properties.variables.0.value",
        "{{triggr.call.From}}",
        "note",
        "'triggr.call.From': there is no namespace 'triggr'",
    ),
    (
        "states.1.properties.variables.0.value",
        "{{flow.variable.who}}",
        "note",
        "'flow.variable.who': the namespace 'flow' holds no 'variable'",
    ),
    (
        "states.2.transitions.0.conditions.0.arguments",
        ["{{contact.address}}"],
        "choose",
        "'contact.address': the namespace 'contact' holds no 'address'",
    ),
]


@pytest.mark.parametrize(("path", "value", "widget", "problem"), STRICTER)
def test_template_must_not(path: str, value: Any, widget: str, problem: str) -> None:
    flow = change(path, value)

    found = [(error.widget, error.problem) for error in find_errors(flow)]

    assert find_definition_errors(flow) == []
    assert (widget, problem) in found


def test_variable_of_a_loop_is_known() -> None:
    flow = change(
        "states.4.properties.attributes", "{% for p in flow.data.all %}{{p.id}}{% endfor %}"
    )

    assert find_errors(flow) == []


def test_error_says_flow_widget_field_and_remedy() -> None:
    (error,) = find_errors(change("states.4.properties.workflow", None), flow="voice_handoff")

    assert str(error) == (
        "voice_handoff: widget 'flex': properties.workflow: is missing; "
        "give the widget its workflow"
    )
    assert error.path == "#/states/4/properties/workflow"


def test_definition_survives_a_round_trip() -> None:
    flow = render(EXAMPLE)

    assert FlowDefinition.model_validate(flow.to_dict()) == flow
