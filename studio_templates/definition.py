"""A Studio flow definition as types.

https://www.twilio.com/docs/studio/rest-api/v2/flow-definitions
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    """Never changes; keys that only Twilio's editor reads are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Condition(_Part):
    """A test of one `split-based-on` transition; all of a transition's tests must hold."""

    type: str
    arguments: list[str] = Field(default_factory=list)
    value: str = ""
    friendly_name: str = ""


class Transition(_Part):
    """From an event to the next widget; without one the flow ends there."""

    event: str
    next: str | None = None
    conditions: list[Condition] | None = None


class Widget(_Part):
    """One box of a flow."""

    name: str
    type: str
    properties: dict[str, Any] = Field(default_factory=dict)
    transitions: list[Transition] = Field(default_factory=list)

    def next_on(self, event: str) -> str | None:
        """The widget that follows `event`, or None where the flow ends."""
        return next((t.next or None for t in self.transitions if t.event == event), None)

    @property
    def followers(self) -> list[str]:
        """The widgets that some transition leads to, in order."""
        return [transition.next for transition in self.transitions if transition.next]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every string of the widget that Studio renders, with its field."""
        yield from _strings_in(self.properties, "properties")
        for number, transition in enumerate(self.transitions):
            for condition in transition.conditions or ():
                field = f"transitions.{number}.conditions"
                yield from ((field, text) for text in (*condition.arguments, condition.value))


def _strings_in(part: Any, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(part, str):
        yield field, part
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _strings_in(value, f"{field}.{key}")
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from _strings_in(value, f"{field}.{number}")


class FlowDefinition(_Part):
    """A whole flow: its widgets, called `states` on the wire, and where it begins."""

    description: str = ""
    initial_state: str
    flags: dict[str, Any] = Field(default_factory=dict)
    states: list[Widget]

    def find(self, name: str) -> Widget | None:
        """The widget called `name`, or None."""
        return next((widget for widget in self.states if widget.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """The definition as Twilio's REST API takes it."""
        return self.model_dump(exclude_none=True)
