"""A flow beside the template it should be: what somebody has changed, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from studio_templates.widget_types import FLAG_DEFAULTS, VARIABLE_DEFAULTS, WIDGET_TYPES

Json = dict[str, Any]
LABELS = ("name", "event", "key")
"""What tells the widgets, transitions and variables of a list apart."""


@dataclass(frozen=True)
class Difference:
    """A field that is not as the template has it; the side that lacks it has None.

    `widget` is empty for a field of the flow itself, `field` where a whole widget is on one side
    only.
    """

    widget: str
    field: str
    template: Any
    flow: Any


def find_differences(template: Json, flow: Json) -> list[Difference]:
    """What `flow` has otherwise than the rendered `template`, in the template's order.

    Places on the canvas, the order of widgets, empty values and Studio's defaults do not count.
    """
    wanted, found = _fields_by_widget(template), _fields_by_widget(align(flow, template))
    return [
        difference
        for widget in _merge_keys(wanted, found)
        for difference in _compare_widget(widget, wanted.get(widget), found.get(widget))
    ]


def align(flow: Json, template: Json) -> Json:
    """`flow` as the template would write it: in its order, without what Studio adds."""
    return _align_fields(flow, template, {})


def labels(items: list[Json]) -> list[str]:
    """A label for each object of a list: its name, event or key, or else its place.

    The second item of a label is `match 2`.
    """
    seen: Counter[str] = Counter()
    found = []
    for place, item in enumerate(items):
        own = [item[name] for name in LABELS if name in item]
        label = str(own[0]) if own else str(place)
        seen[label] += 1
        found.append(label if seen[label] == 1 else f"{label} {seen[label]}")
    return found


def is_listed(part: Any) -> bool:
    """Whether `part` is a list of objects; one of plain values is a value itself."""
    return isinstance(part, list) and part != [] and all(isinstance(one, dict) for one in part)


def _align_fields(flow: Json, template: Json, defaults: Mapping[str, Any]) -> Json:
    aligned: Json = {}
    for key in _merge_keys(template, flow):
        found, wanted = flow.get(key), template.get(key)
        if _says_nothing(key, found, defaults) and _says_nothing(key, wanted, defaults):
            if key in template:
                aligned[key] = wanted
        elif not _is_empty(found):
            aligned[key] = _align_value(found, wanted, _defaults_within(flow, key))
    return aligned


def _align_value(found: Any, wanted: Any, defaults: Mapping[str, Any]) -> Any:
    if isinstance(found, dict):
        return _align_fields(found, wanted if isinstance(wanted, dict) else {}, defaults)
    if is_listed(found):
        return _align_items(found, wanted if is_listed(wanted) else [])
    return found


def _align_items(flow: list[Any], template: list[Any]) -> list[Any]:
    found = dict(zip(labels(flow), flow, strict=True))
    wanted = dict(zip(labels(template), template, strict=True))
    aligned = []
    for label in _merge_keys(wanted, found):
        if label not in found:
            if _ends_the_flow(wanted[label]):
                aligned.append(wanted[label])
        elif label in wanted or not _ends_the_flow(found[label]):
            defaults = VARIABLE_DEFAULTS if "key" in found[label] else {}
            aligned.append(_align_value(found[label], wanted.get(label), defaults))
    return aligned


def _says_nothing(key: str, value: Any, defaults: Mapping[str, Any]) -> bool:
    """Whether it is the same to Studio as nothing: empty, its default, a place on the canvas."""
    return key == "offset" or _is_empty(value) or (key in defaults and defaults[key] == value)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _ends_the_flow(item: Any) -> bool:
    """A transition that leads nowhere and asks nothing: Studio's editor writes them all."""
    return (
        isinstance(item, dict)
        and "event" in item
        and not any(item.get(key) for key in ("next", "conditions"))
    )


def _defaults_within(part: Json, key: str) -> Mapping[str, Any]:
    if key == "flags":
        return FLAG_DEFAULTS
    kind = WIDGET_TYPES.get(str(part.get("type"))) if key == "properties" else None
    return kind.defaults if kind else {}


def _fields_by_widget(definition: Json) -> dict[str, Json]:
    """What each widget says, by path; "" is the flow itself."""
    own = {key: value for key, value in definition.items() if key != "states"}
    widgets = {widget["name"]: dict(_fields_of(widget)) for widget in definition["states"]}
    return {"": dict(_fields_of(own)), **widgets}


def _fields_of(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        inner = list(part.items())
    elif is_listed(part):
        inner = list(zip(labels(part), part, strict=True))
    else:
        yield path, part
        return
    for key, value in inner:
        yield from _fields_of(value, f"{path}.{key}" if path else key)


def _compare_widget(widget: str, wanted: Json | None, found: Json | None) -> Iterator[Difference]:
    if wanted is None or found is None:
        yield Difference(widget, "", wanted, found)
        return
    for field in _merge_keys(wanted, found):
        if wanted.get(field) != found.get(field):
            yield Difference(widget, field, wanted.get(field), found.get(field))


def _merge_keys(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    return [*first, *(key for key in second if key not in first)]
