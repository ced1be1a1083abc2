"""Checks of a flow without a network: those Studio makes, and those a template must pass too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from studio_templates.definition import FlowDefinition, Widget
from studio_templates.errors import FlowError
from studio_templates.liquid import LiquidError, unknown_filters
from studio_templates.variables import find_variable_errors
from studio_templates.widget_types import CONDITION_TYPES, WIDGET_TYPES

MAX_WIDGETS = 2_000
LEGAL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
REST_ONLY = frozenset({"resume-conversation", "start-conversation"})


@dataclass(frozen=True)
class Place:
    """A widget of a flow, and how to report something about it."""

    flow: str
    index: int
    widget: Widget

    def error(self, field: str, problem: str, remedy: str) -> FlowError:
        path = f"#/states/{self.index}/{field.replace('.', '/')}"
        return FlowError(self.flow, self.widget.name, field, problem, remedy, path)


def find_errors(
    definition: FlowDefinition | Mapping[str, Any], *, flow: str = "flow"
) -> list[FlowError]:
    """Everything wrong with `definition`, also what Studio would let pass."""
    errors = find_definition_errors(definition, flow=flow)
    if errors:
        return errors
    parsed = FlowDefinition.model_validate(definition)
    return [*_find_unreachable(parsed, flow), *find_variable_errors(parsed, flow)]


def find_definition_errors(
    definition: FlowDefinition | Mapping[str, Any], *, flow: str = "flow"
) -> list[FlowError]:
    """What Studio itself refuses: shape, names, transitions, properties, Liquid."""
    try:
        parsed = FlowDefinition.model_validate(definition)
    except ValidationError as error:
        return [_to_error(detail, flow) for detail in error.errors()]
    places = [Place(flow, index, widget) for index, widget in enumerate(parsed.states)]
    return [
        *_check_envelope(parsed, flow),
        *(error for place in places for check in CHECKS for error in check(place, parsed)),
    ]


def reachable_from(definition: FlowDefinition, name: str) -> set[str]:
    """The widgets that some path from `name` leads to, itself included."""
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        widget = definition.find(ahead.pop())
        if widget and widget.name not in seen:
            seen.add(widget.name)
            ahead.extend(widget.followers)
    return seen


def _to_error(detail: Any, flow: str) -> FlowError:
    steps = [str(step) for step in detail["loc"]]
    message = detail["msg"].lower()
    return FlowError(flow, "", ".".join(steps), message, "correct its type", "#/" + "/".join(steps))


def _check_envelope(definition: FlowDefinition, flow: str) -> Iterator[FlowError]:
    def error(field: str, problem: str, remedy: str) -> FlowError:
        return FlowError(flow, "", field, problem, remedy, f"#/{field}")

    first = definition.find(definition.initial_state)
    if first is None:
        problem = f"there is no widget '{definition.initial_state}'"
        yield error("initial_state", problem, "name the trigger")
    elif first.type != "trigger":
        yield error("initial_state", f"'{first.name}' is no trigger", "name the trigger")
    if sum(widget.type == "trigger" for widget in definition.states) > 1:
        yield error("states", "a flow has one trigger", "remove the others")
    if len(definition.states) > MAX_WIDGETS:
        problem = f"{len(definition.states)} widgets, {MAX_WIDGETS} is the limit"
        yield error("states", problem, "split the flow with run-subflow")


def _check_name(place: Place, definition: FlowDefinition) -> Iterator[FlowError]:
    name = place.widget.name
    if not LEGAL_NAME.fullmatch(name):
        problem = f"'{name}' is no legal name"
        yield place.error("name", problem, "use up to 64 letters, digits, '_' and '-'")
    if any(widget.name == name for widget in definition.states[: place.index]):
        yield place.error("name", f"another widget is called '{name}'", "give each its own name")


def _check_type(place: Place, _definition: FlowDefinition) -> Iterator[FlowError]:
    if place.widget.type not in WIDGET_TYPES:
        yield place.error(
            "type", f"there is no widget type '{place.widget.type}'", "use a type Studio knows"
        )


def _check_properties(place: Place, _definition: FlowDefinition) -> Iterator[FlowError]:
    kind = WIDGET_TYPES.get(place.widget.type)
    if kind is None:
        return
    properties = place.widget.properties
    for name in kind.required:
        if properties.get(name) in (None, ""):
            yield place.error(f"properties.{name}", "is missing", f"give the widget its {name}")
    if kind.one_of and not any(properties.get(name) for name in kind.one_of):
        choice = " or ".join(kind.one_of)
        yield place.error("properties", f"{choice} is missing", "give one of them")
    for name in kind.strings:
        if name in properties and not isinstance(properties[name], str):
            found = type(properties[name]).__name__
            yield place.error(
                f"properties.{name}", f"{found} found, string expected", "put it in quotes"
            )


def _check_transitions(place: Place, definition: FlowDefinition) -> Iterator[FlowError]:
    kind = WIDGET_TYPES.get(place.widget.type)
    for number, transition in enumerate(place.widget.transitions):
        field = f"transitions.{number}"
        if kind and transition.event not in kind.events:
            problem = f"a {place.widget.type} has no event '{transition.event}'"
            yield place.error(f"{field}.event", problem, f"use one of {', '.join(kind.events)}")
        if transition.next and definition.find(transition.next) is None:
            problem = f"'{transition.event}' leads to no widget '{transition.next}'"
            yield place.error(f"{field}.next", problem, "add that widget or name another")
        for condition in transition.conditions or ():
            if condition.type not in CONDITION_TYPES:
                problem = f"there is no condition '{condition.type}'"
                remedy = f"use one of {', '.join(CONDITION_TYPES)}"
                yield place.error(f"{field}.conditions", problem, remedy)


def _check_split(place: Place, _definition: FlowDefinition) -> Iterator[FlowError]:
    if place.widget.type != "split-based-on":
        return
    for number, transition in enumerate(place.widget.transitions):
        if transition.event == "match" and not transition.conditions:
            yield place.error(
                f"transitions.{number}.conditions", "is missing", "say when this branch is taken"
            )


def _check_rest_only(place: Place, definition: FlowDefinition) -> Iterator[FlowError]:
    """Resume and Start Conversation are refused on every path but the REST API's."""
    if place.widget.type not in REST_ONLY:
        return
    trigger = definition.find(definition.initial_state)
    for transition in trigger.transitions if trigger else ():
        if transition.event == "incomingRequest" or not transition.next:
            continue
        if place.widget.name in reachable_from(definition, transition.next):
            yield place.error(
                "type",
                "can only be used in flows triggered by the REST API",
                f"take it out of the path that starts with {transition.event}",
            )


def _check_liquid(place: Place, _definition: FlowDefinition) -> Iterator[FlowError]:
    for field, text in place.widget.texts():
        try:
            unknown = unknown_filters(text)
        except LiquidError as error:
            problem = f"the Liquid does not parse: {error.message}"
            yield place.error(field, problem, "correct the template")
            continue
        for name in unknown:
            yield place.error(field, f"there is no filter '{name}'", "use one that Liquid has")


Check = Callable[[Place, FlowDefinition], Iterator[FlowError]]
CHECKS: tuple[Check, ...] = (
    _check_name,
    _check_type,
    _check_properties,
    _check_transitions,
    _check_split,
    _check_rest_only,
    _check_liquid,
)


def _find_unreachable(definition: FlowDefinition, flow: str) -> Iterator[FlowError]:
    reached = reachable_from(definition, definition.initial_state)
    for index, widget in enumerate(definition.states):
        if widget.name not in reached:
            yield Place(flow, index, widget).error(
                "name", "no transition leads here", "lead one to it or remove the widget"
            )
