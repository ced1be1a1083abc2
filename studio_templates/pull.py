"""A flow edited in Studio's console back as a template: values become placeholders again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio_templates.compare import Json, align, is_listed, labels
from studio_templates.errors import FlowError
from studio_templates.formatting import PASSWORD, hide_passwords
from studio_templates.render import EXAMPLE, PLACEHOLDER, ParameterError, fill, to_parameters

SHORTEST = 8
"""A shorter value, such as `/ws`, may stand anywhere by chance."""

_SID = re.compile(r"\b[A-Z]{2}[0-9a-fA-F]{32}\b")
_VALUE = r"([^\s{}]*?)"
Path = tuple[str, ...]


@dataclass(frozen=True)
class Pulled:
    """A template as the flow would have it, and what could not be turned back."""

    template: Json
    leftovers: tuple[FlowError, ...]


def pull(flow: Json, template: Json, values: Mapping[str, str], *, name: str = "flow") -> Pulled:
    """`flow` in the words of `template`, where `values` are what its placeholders stand for.

    A flow that was rendered from the template with these values gives the template itself.
    """
    rendered = fill(template, values)
    turning = _Turning(name, dict(_texts(template)), dict(_texts(rendered)), values)
    turned = turning.turn_back(align(flow, rendered), ())
    return Pulled(turned, tuple(turning.leftovers))


@dataclass
class _Turning:
    name: str
    template: dict[Path, str]
    rendered: dict[Path, str]
    values: Mapping[str, str]
    leftovers: list[FlowError] = field(default_factory=list)

    def turn_back(self, part: Any, path: Path) -> Any:
        if isinstance(part, str):
            return self._turn_text_back(part, path)
        if isinstance(part, dict):
            return {key: self.turn_back(value, (*path, key)) for key, value in part.items()}
        if isinstance(part, list):
            return [
                self.turn_back(item, (*path, label))
                for label, item in zip(_places(part), part, strict=True)
            ]
        return part

    def _turn_text_back(self, text: str, path: Path) -> str:
        before = self.template.get(path, "")
        if text == self.rendered.get(path):
            return before
        others = _read_values(text, before)
        if others:
            for name, value in others.items():
                if value != self.values[name]:
                    self._report(
                        path,
                        f"the template keeps ${{{name}}}; the flow has {hide_passwords(value)}",
                        "set the parameter behind it, or the next deploy puts yours back",
                    )
            return before
        self._look_for_own(text, path)
        return _to_placeholders(text, self.values)

    def _look_for_own(self, text: str, path: Path) -> None:
        """Report what belongs to this account or reads as a placeholder, and stays as it is."""
        known = set(self.values.values())
        for sid in _SID.findall(text):
            if sid not in known:
                self._report(path, f"{sid} is of this account", "take it out again")
        if PASSWORD.search(_to_placeholders(text, self.values)):
            self._report(path, "holds a password", "take it out again")
        for name in PLACEHOLDER.findall(text):
            self._report(path, f"${{{name}}} reads as a placeholder", "write it otherwise")

    def _report(self, path: Path, problem: str, remedy: str) -> None:
        widget, steps = (path[1], path[2:]) if path[0] == "states" else ("", path)
        where = "#/" + "/".join(path)
        self.leftovers.append(FlowError(self.name, widget, ".".join(steps), problem, remedy, where))


def _texts(part: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(part, str):
        yield path, part
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _texts(value, (*path, key))
    elif isinstance(part, list):
        for label, item in zip(_places(part), part, strict=True):
            yield from _texts(item, (*path, label))


def _places(items: list[Any]) -> list[str]:
    return labels(items) if is_listed(items) else [str(place) for place in range(len(items))]


def _read_values(text: str, template: str) -> dict[str, str]:
    """The values by which `template` becomes `text`, if they are legal; else nothing."""
    names = PLACEHOLDER.findall(template)
    literals = [re.escape(part) for part in PLACEHOLDER.split(template)[::2]]
    found = re.fullmatch(_VALUE.join(literals), text)
    values = dict(zip(names, found.groups(), strict=True)) if found else {}
    return values if all(_is_legal(name, value) for name, value in values.items()) else {}


def _is_legal(name: str, value: str) -> bool:
    if name not in type(EXAMPLE).model_fields:  # made of others: an address
        return "://" in value
    try:
        to_parameters({**EXAMPLE.model_dump(), name: value})
    except ParameterError:
        return False
    return True


def _to_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Every value in `text` becomes its placeholder, the longest first."""
    for name in sorted(values, key=lambda name: -len(values[name])):
        if len(values[name]) >= SHORTEST:
            text = text.replace(values[name], f"${{{name}}}")
    return text
