"""Shapes of Conversation Intelligence v3.

https://www.twilio.com/docs/api/intelligence/v3
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from getting_started.twilio_emulator.wire import Wire

TriggerName = Literal["COMMUNICATION", "CONVERSATION_END", "CONVERSATION_INACTIVE"]
OutputFormat = Literal["TEXT", "JSON", "CLASSIFICATION", "EXTRACTION"]


class OperatorReference(Wire):
    id: str
    version: int | None = None
    parameters: dict[str, Any] | None = None


class Trigger(Wire):
    on: TriggerName
    parameters: dict[str, Any] | None = None


class WebhookAction(Wire):
    type: Literal["WEBHOOK"]
    method: str | None = "POST"
    url: str


class Rule(Wire):
    """What runs when. Given without an id it is new, with one it keeps its history."""

    id: str | None = None
    operators: list[OperatorReference] = Field(min_length=1, max_length=5)
    triggers: list[Trigger] | None = Field(default=None, max_length=1)
    actions: list[WebhookAction] | None = Field(default=None, max_length=2)
    context: dict[str, Any] | None = None

    def runs_on(self, trigger: str) -> bool:
        return any(one.on == trigger for one in self.triggers or [])


class ConfigurationRequest(Wire):
    display_name: str
    description: str = ""
    rules: list[Rule] = Field(default_factory=list, max_length=5)


class Configuration(ConfigurationRequest):
    id: str
    account_id: str
    version: int = 1
    date_created: str
    date_updated: str

    def to_reference(self, rule: Rule) -> dict[str, Any]:
        """As results name where they come from."""
        return {
            "id": self.id,
            "displayName": self.display_name,
            "version": self.version,
            "ruleId": rule.id,
        }


class OperatorRequest(Wire):
    display_name: str
    description: str | None = None
    prompt: str | None = None
    output_format: OutputFormat = "TEXT"
    output_schema: dict[str, Any] | None = None


class Operator(OperatorRequest):
    id: str
    author: Literal["SELF", "TWILIO"]
    status: Literal["PREVIEW", "ACTIVE", "DEPRECATED", "RETIRED"] = "ACTIVE"
    version: int = 1
    date_created: str
    date_updated: str


class RuleExecutionRequest(Wire):
    intelligence_configuration_id: str
    rule_id: str
    conversation_id: str
    rule: dict[str, Any] | None = None


class OperatorResult(Wire):
    id: str
    account_id: str
    conversation_id: str
    intelligence_configuration: dict[str, Any]
    operator: dict[str, Any]
    output_format: OutputFormat
    result: dict[str, Any]
    date_created: str
    reference_ids: list[str] = Field(default_factory=list)
    execution_details: dict[str, Any]
    metadata: dict[str, Any]
