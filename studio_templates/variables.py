"""Which variables a flow reads, and whether something gives them a value.

https://www.twilio.com/docs/studio/user-guide/working-with-variables-in-studio
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from studio_templates.definition import FlowDefinition, Widget
from studio_templates.errors import FlowError
from studio_templates.liquid import variables_of

#: The second segment that Studio knows in each namespace it fills itself.
NAMESPACES = {
    "trigger": {"call", "message", "conversation", "request", "parent"},
    "flow": {"sid", "flow_sid", "channel", "data", "variables"},
    "contact": {"channel"},
}


def variables_read(definition: FlowDefinition) -> list[str]:
    """The variables that the flow's templates read from outside, sorted."""
    paths = {
        ".".join(str(step) for step in path)
        for widget in definition.states
        for _, text in widget.texts()
        for path in variables_of(text)
    }
    own = ("widgets.", "flow.variables.")
    return sorted(path for path in paths if not path.startswith(own))


def find_variable_errors(definition: FlowDefinition, flow: str) -> Iterator[FlowError]:
    """Variables that nothing gives a value: a misspelt namespace, widget or variable."""
    for index, widget in enumerate(definition.states):
        earlier = _widgets_before(definition, widget)
        for field, text in widget.texts():
            for path in variables_of(text):
                problem = _find_problem(path, earlier)
                if problem:
                    where = f"#/states/{index}/{field.replace('.', '/')}"
                    remedy = "correct its name or set it on the way here"
                    yield FlowError(flow, widget.name, field, problem, remedy, where)


def _find_problem(path: list[Any], earlier: list[Widget]) -> str | None:
    name = ".".join(str(step) for step in path)
    first, second, third = (*path, None, None, None)[:3]
    if first == "widgets":
        names = {widget.name for widget in earlier}
        return None if second in names else f"'{name}': no widget '{second}' comes before this one"
    if (first, second) == ("flow", "variables"):
        known = {key for widget in earlier for key in _keys_set_by(widget)}
        return None if third in known else f"'{name}' is set by no widget before this one"
    if first not in NAMESPACES:
        return f"'{name}': there is no namespace '{first}'"
    if second not in NAMESPACES[first]:
        return f"'{name}': the namespace '{first}' holds no '{second}'"
    return None


def _widgets_before(definition: FlowDefinition, widget: Widget) -> list[Widget]:
    """The widgets from which some path leads to `widget`."""
    before: set[str] = set()
    ahead = [widget.name]
    while ahead:
        name = ahead.pop()
        leading = {other.name for other in definition.states if name in other.followers}
        ahead.extend(leading - before)
        before |= leading
    return [other for other in definition.states if other.name in before]


def _keys_set_by(widget: Widget) -> list[str]:
    if widget.type != "set-variables":
        return []
    return [variable.get("key", "") for variable in widget.properties.get("variables", [])]
