"""A flow template and its parameters in, a definition ready for Studio out.

A template is a flow definition whose strings hold placeholders such as `${workflow_sid}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.types import StringConstraints

from studio_templates.definition import FlowDefinition
from studio_templates.layout import lay_out

FLOWS = Path(__file__).parent / "flows"
AGENT_HANDOFF = FLOWS / "agent_handoff.json"

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")

WorkflowSid = Annotated[str, StringConstraints(pattern=r"^WW[0-9a-fA-F]{32}$")]
WorkspaceSid = Annotated[str, StringConstraints(pattern=r"^WS[0-9a-fA-F]{32}$")]
TaskChannelSid = Annotated[str, StringConstraints(pattern=r"^TC[0-9a-fA-F]{32}$")]
ServiceSid = Annotated[str, StringConstraints(pattern=r"^(IS[0-9a-fA-F]{32})?$")]
BaseUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s\"'{}/]+(/[^\s\"'{}/]+)*$")]

AppUrl = Annotated[str, StringConstraints(pattern=r"^(https?://[\w.-]+(:\d{1,5})?)?$")]
FlowSecret = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_-]{16,128})?$")]
NO_APP = "https://agent.invalid"


class ParameterError(ValueError):
    """A parameter is missing, unknown or malformed; the message names each."""


class Parameters(BaseModel):
    """What a template leaves open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workspace_sid: WorkspaceSid
    """TaskRouter workspace of Flex."""
    workflow_sid: WorkflowSid
    """TaskRouter workflow that routes the handoff."""
    voice_task_channel_sid: TaskChannelSid
    """Task channel of calls."""
    chat_task_channel_sid: TaskChannelSid
    """Task channel of messaging and chat."""
    conversation_service_sid: ServiceSid = ""
    """Conversations (Classic) service to use where a conversation does not tell its own."""
    conversations_url: BaseUrl = "https://conversations.twilio.com"
    flex_url: BaseUrl = "https://flex-api.twilio.com"
    app_url: AppUrl = ""
    """The agent's public address; without it a caller whom the agent lost goes to a person."""
    flow_secret: FlowSecret = Field(default="", validate_default=True, repr=False)
    """By which the flow asks the agent for handoffs: its AGENT_FLOW_SECRET."""
    websocket_path: Annotated[str, StringConstraints(pattern=r"^/[^\s\"'{}]+$")] = "/ws"
    """The agent's TWILIO_VOICE_WEBSOCKET_PATH."""

    @field_validator("flow_secret")
    @classmethod
    def _need_both(cls, secret: str, info: ValidationInfo) -> str:
        if info.data.get("app_url") and not secret:
            raise ValueError("is needed with app_url")
        return secret

    def to_values(self) -> dict[str, str]:
        """What the placeholders stand for; Studio takes a password from the address."""
        scheme, _, host = (self.app_url or NO_APP).partition("://")
        return {
            **self.model_dump(),
            "handoffs_url": f"{scheme}://studio:{self.flow_secret}@{host}/handoffs",
            "socket_url": f"{scheme.replace('http', 'ws')}://{host}{self.websocket_path}",
        }


#: Stands in for an account's own values wherever only the shape of a flow matters.
EXAMPLE = Parameters(
    workspace_sid="WS" + "0" * 32,
    workflow_sid="WW" + "0" * 32,
    voice_task_channel_sid="TC" + "0" * 32,
    chat_task_channel_sid="TC" + "1" * 32,
    conversation_service_sid="IS" + "0" * 32,
    app_url="https://agent.example.org",
    flow_secret="0" * 64,
)


def to_parameters(values: dict[str, Any]) -> Parameters:
    """`values` as checked parameters; raises ParameterError naming every wrong one."""
    try:
        return Parameters.model_validate(values)
    except ValidationError as error:
        raise ParameterError("; ".join(_say(detail) for detail in error.errors())) from None


def find_template(name: str) -> Path:
    """The template called `name`, or the file of that name; raises ParameterError for neither."""
    named, file = FLOWS / f"{name}.json", Path(name)
    if named.is_file():
        return named
    if file.is_file():
        return file
    known = ", ".join(path.stem for path in sorted(FLOWS.glob("*.json")))
    raise ParameterError(f"There is no template '{name}', nor such a file; there is {known}")


def title_of(template: Path) -> str:
    """The friendly name of a flow made from the template: `Agent handoff`."""
    return template.stem.replace("_", " ").capitalize()


def render(parameters: Parameters, template: Path = AGENT_HANDOFF) -> FlowDefinition:
    """The definition with every placeholder replaced; raises ParameterError for an unknown one."""
    filled = fill(read_template(template), parameters.to_values(), name=template.name)
    return lay_out(FlowDefinition.model_validate(filled))


def read_template(template: Path) -> Any:
    """The template with its placeholders; raises ParameterError where it is not JSON."""
    try:
        return json.loads(template.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ParameterError(f"{template.name} is not JSON: {error}") from None


def fill(part: Any, values: Mapping[str, str], *, name: str = "the template") -> Any:
    """`part` of a template with the placeholders in its strings replaced.

    Raises ParameterError for one that `values` do not have; `name` is the template's.
    """

    def replace(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise ParameterError(f"{name}: there is no parameter '{found[1]}'")
        return values[found[1]]

    if isinstance(part, str):
        return PLACEHOLDER.sub(replace, part)
    if isinstance(part, list):
        return [fill(item, values, name=name) for item in part]
    if isinstance(part, dict):
        return {key: fill(value, values, name=name) for key, value in part.items()}
    return part


def _say(detail: Any) -> str:
    name = ".".join(str(step) for step in detail["loc"])
    if detail["type"] == "missing":
        return f"parameter '{name}' is missing"
    if detail["type"] == "extra_forbidden":
        return f"there is no parameter '{name}'"
    return f"parameter '{name}': {detail['msg']}"
