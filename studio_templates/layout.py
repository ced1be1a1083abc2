"""Where a flow's widgets stand on the canvas of Studio's editor."""

from __future__ import annotations

from typing import Any

from studio_templates.definition import FlowDefinition

COLUMN, ROW = 320, 220


def lay_out(definition: FlowDefinition) -> FlowDefinition:
    """The same flow with an `offset` for every widget: a row a step away from the trigger."""
    depths = _depths(definition)
    used: dict[int, int] = {}
    placed = []
    for widget in definition.states:
        depth = depths.get(widget.name, 0)
        column = used[depth] = used.get(depth, -1) + 1
        offset: dict[str, Any] = {"offset": {"x": column * COLUMN, "y": depth * ROW}}
        placed.append(widget.model_copy(update={"properties": {**widget.properties, **offset}}))
    return definition.model_copy(update={"states": placed})


def _depths(definition: FlowDefinition) -> dict[str, int]:
    """How many steps the shortest way from the trigger takes."""
    depths = {definition.initial_state: 0}
    ahead = [definition.initial_state]
    while ahead:
        name = ahead.pop(0)
        widget = definition.find(name)
        for following in widget.followers if widget else ():
            if following not in depths:
                depths[following] = depths[name] + 1
                ahead.append(following)
    return depths
