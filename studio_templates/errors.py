"""What is wrong with a flow, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.errors import AgentError


@dataclass(frozen=True)
class FlowError:
    """One finding. `path` is where Twilio's API points: `#/states/1/properties/workflow`."""

    flow: str
    widget: str
    field: str
    problem: str
    remedy: str
    path: str

    def __str__(self) -> str:
        place = f"{self.flow}: widget '{self.widget}': " if self.widget else f"{self.flow}: "
        return f"{place}{self.field}: {self.problem}; {self.remedy}"


class StudioError(AgentError):
    """Twilio refused something about a flow, or did not answer.

    `errors` are what is wrong with the flow, if it is that.
    """

    def __init__(self, message: str, *, errors: Sequence[FlowError] = ()) -> None:
        super().__init__("\n".join([message, *(f"  {error}" for error in errors)]))
        self.errors = tuple(errors)
