"""Shapes of Studio: flows and their revisions, executions and their steps.

https://www.twilio.com/docs/studio/rest-api/v2
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from studio_templates.definition import FlowDefinition

ExecutionStatus = Literal["active", "ended"]


@dataclass(frozen=True)
class Revision:
    """One saved version of a flow; it never changes."""

    number: int
    status: str
    friendly_name: str
    definition: dict[str, Any]
    errors: tuple[dict[str, str], ...]
    commit_message: str | None
    date: str

    @property
    def valid(self) -> bool:
        return not self.errors

    def parsed(self) -> FlowDefinition:
        return FlowDefinition.model_validate(self.definition)


@dataclass
class Flow:
    """A flow is its revisions; the latest published one runs."""

    sid: str
    account_sid: str
    date_created: str
    revisions: list[Revision] = field(default_factory=list)
    test_users: list[str] = field(default_factory=list)

    @property
    def latest(self) -> Revision:
        return self.revisions[-1]

    @property
    def published(self) -> Revision | None:
        return next((r for r in reversed(self.revisions) if r.status == "published"), None)


@dataclass(frozen=True)
class Step:
    """One widget left: by which event, and to where."""

    sid: str
    name: str
    transitioned_from: str
    transitioned_to: str
    date_created: str
    context: dict[str, Any]


class ForcedEvent(BaseModel):
    """A widget failing on demand: the next `times` visits give `event` and do nothing else."""

    model_config = ConfigDict(extra="forbid")

    widget: str
    event: str
    flow_sid: str | None = None
    times: int = Field(default=1, ge=1)
