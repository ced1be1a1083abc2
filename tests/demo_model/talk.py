"""What the agent would send: tools, and conversations of a few items."""

from __future__ import annotations

from typing import Any

from getting_started.demo_model.conversation import Conversation
from getting_started.demo_model.reply import Reply, Speech, ToolCall
from getting_started.demo_model.request import ModelRequest
from getting_started.demo_model.rules import decide

Item = dict[str, Any]


def tool(name: str, *arguments: str) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": {argument: {"type": "string"} for argument in arguments},
        "required": list(arguments),
        "additionalProperties": False,
    }
    return {"type": "function", "name": name, "parameters": parameters, "strict": True}


HANDOFF = tool("handoff", "reason", "reason_code", "summary", "urgency", "department")
TOOLS = [
    HANDOFF,
    tool("lookup_order", "order_number"),
    tool("search_knowledge", "query"),
    tool("recall_memory", "query"),
]


def user(text: str) -> Item:
    return {"role": "user", "content": text}


def assistant(text: str) -> Item:
    return {"role": "assistant", "content": text}


def called(name: str, output: str, arguments: str = "{}", call_id: str = "call_1") -> list[Item]:
    return [
        {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments},
        {"type": "function_call_output", "call_id": call_id, "output": output},
    ]


def reply_to(*items: Item, **fields: Any) -> Reply:
    """What the rules decide on these items, with every tool on offer unless told otherwise."""
    body = {"model": "demo-model", "tools": TOOLS, "input": list(items), **fields}
    return decide(Conversation(ModelRequest.model_validate(body)))


def tool_call(reply: Reply) -> ToolCall:
    assert isinstance(reply, ToolCall), reply
    return reply


def speech(reply: Reply) -> str:
    assert isinstance(reply, Speech), reply
    return reply.text
