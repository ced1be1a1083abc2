"""What is wrong with a flow, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


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
