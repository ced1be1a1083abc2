"""The body of `POST /v1/responses`, as far as a text agent with function tools sends it.

https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator


class TextPart(BaseModel):
    type: Literal["input_text", "output_text", "text"]
    text: str


class Message(BaseModel):
    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "developer", "system"]
    content: str | list[TextPart]

    @property
    def text(self) -> str:
        return to_text(self.content)


class FunctionCall(BaseModel):
    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str


class FunctionCallOutput(BaseModel):
    type: Literal["function_call_output"]
    call_id: str
    output: str | list[TextPart]

    @property
    def text(self) -> str:
        return to_text(self.output)


class Reasoning(BaseModel):
    """Passed back by clients of reasoning models; means nothing here."""

    type: Literal["reasoning"]


def to_text(content: str | list[TextPart]) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.text for part in content)


def _item_type(item: Any) -> str | None:
    if isinstance(item, dict):
        return str(item.get("type", "message"))
    return getattr(item, "type", None)


Item = Annotated[
    Annotated[Message, Tag("message")]
    | Annotated[FunctionCall, Tag("function_call")]
    | Annotated[FunctionCallOutput, Tag("function_call_output")]
    | Annotated[Reasoning, Tag("reasoning")],
    Discriminator(_item_type),
]


class FunctionTool(BaseModel):
    model_config = ConfigDict(extra="allow")

    type: Literal["function"]
    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    parameters: dict[str, Any] | None = None

    def accepts(self, argument: str) -> bool:
        """Whether the tool's schema names this argument; one without a schema takes all."""
        properties = (self.parameters or {}).get("properties")
        return properties is None or argument in properties


class ModelRequest(BaseModel):
    """What the model is given: it knows nothing else."""

    model_config = ConfigDict(extra="allow")

    model: str
    input: list[Item]
    instructions: str | None = None
    tools: list[FunctionTool] = Field(default_factory=list)
    tool_choice: Any = "auto"
    stream: bool = False

    @field_validator("input", mode="before")
    @classmethod
    def _one_message(cls, value: Any) -> Any:
        return [{"role": "user", "content": value}] if isinstance(value, str) else value

    def offered(self, name: str) -> FunctionTool | None:
        """The tool of that name, unless the request says that no tool may be called."""
        if self.tool_choice == "none":
            return None
        return next((tool for tool in self.tools if tool.name == name), None)


class BadRequestError(Exception):
    """A body that the API refuses: its words, the parameter at fault, a code."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code


def check_call_pairs(items: list[Item]) -> None:
    """Refuse an output without its call and a call without its output, as the real API does."""
    calls = {item.call_id for item in items if isinstance(item, FunctionCall)}
    outputs = {item.call_id for item in items if isinstance(item, FunctionCallOutput)}
    for call_id in sorted(outputs - calls):
        raise BadRequestError(
            f"No tool call found for function call output with call_id {call_id}.", "input"
        )
    for call_id in sorted(calls - outputs):
        raise BadRequestError(f"No tool output found for function call {call_id}.", "input")
