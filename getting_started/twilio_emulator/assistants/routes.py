"""HTTP of AI Assistants: https://www.twilio.com/docs/alpha/ai-assistants/api"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from getting_started.twilio_emulator.assistants.models import (
    Assistant,
    AssistantRequest,
    MessageRequest,
    Tool,
    ToolRequest,
)
from getting_started.twilio_emulator.forms import to_page
from getting_started.twilio_emulator.twilio import Cloud, Twilio
from getting_started.twilio_emulator.wire import Body, parse, without_null

router = APIRouter(prefix="/v1")
Json = dict[str, Any]


@router.post("/Assistants", status_code=201)
async def create_assistant(twilio: Cloud, body: Body) -> Json:
    request = parse(AssistantRequest, without_null(body))
    return _describe(twilio, twilio.assistants.create_assistant(request))


@router.get("/Assistants")
async def list_assistants(twilio: Cloud, request: Request) -> Json:
    found = twilio.assistants.assistants.values()
    return to_page(request, "assistants", [_describe(twilio, one) for one in found])


@router.get("/Assistants/{assistant_id}")
async def fetch_assistant(twilio: Cloud, assistant_id: str) -> Json:
    assistant = twilio.assistants.find_assistant(assistant_id)
    tools = [_describe_tool(twilio, tool) for tool in assistant.tools]
    return {**_describe(twilio, assistant), "tools": tools, "knowledge": []}


@router.put("/Assistants/{assistant_id}")
async def update_assistant(twilio: Cloud, assistant_id: str, body: Body) -> Json:
    assistant = twilio.assistants.find_assistant(assistant_id)
    changed = {**assistant.request.model_dump(), **without_null(body)}
    assistant.request = parse(AssistantRequest, changed)
    return _describe(twilio, assistant)


@router.delete("/Assistants/{assistant_id}", status_code=204)
async def delete_assistant(twilio: Cloud, assistant_id: str) -> None:
    del twilio.assistants.assistants[twilio.assistants.find_assistant(assistant_id).id]


@router.get("/Assistants/{assistant_id}/Tools")
async def list_attached(twilio: Cloud, assistant_id: str, request: Request) -> Json:
    attached = twilio.assistants.find_assistant(assistant_id).tools
    return to_page(request, "tools", [_describe_tool(twilio, tool) for tool in attached])


@router.post("/Assistants/{assistant_id}/Tools/{tool_id}", status_code=204)
async def attach_tool(twilio: Cloud, assistant_id: str, tool_id: str) -> None:
    tool, assistant = _find_both(twilio, assistant_id, tool_id)
    if tool not in assistant.tools:
        assistant.tools.append(tool)


@router.delete("/Assistants/{assistant_id}/Tools/{tool_id}", status_code=204)
async def detach_tool(twilio: Cloud, assistant_id: str, tool_id: str) -> None:
    tool, assistant = _find_both(twilio, assistant_id, tool_id)
    assistant.tools = [one for one in assistant.tools if one is not tool]


@router.post("/Assistants/{assistant_id}/Messages")
async def create_message(twilio: Cloud, assistant_id: str, body: Body) -> Json:
    """Answers what the assistant says; with a webhook at once, and it is said there."""
    request = parse(MessageRequest, without_null(body))
    session = twilio.assistants.receive(assistant_id, request)
    answered: Json = {
        "status": "success",
        "flagged": False,
        "aborted": False,
        "session_id": session.id,
        "account_sid": session.account_sid,
        "body": "",
        "error": None,
    }
    if request.webhook:
        answering = twilio.assistants.answer_webhook(session, request.body, request.webhook)
        twilio.spawn(answering)
        return answered
    return {**answered, "body": await twilio.assistants.answer(session, request.body)}


@router.post("/Tools", status_code=201)
async def create_tool(twilio: Cloud, body: Body) -> Json:
    tool = twilio.assistants.create_tool(parse(ToolRequest, without_null(body)))
    return _describe_tool(twilio, tool)


@router.get("/Tools")
async def list_tools(twilio: Cloud, request: Request) -> Json:
    found = twilio.assistants.tools.values()
    return to_page(request, "tools", [_describe_tool(twilio, tool) for tool in found])


@router.get("/Tools/{tool_id}")
async def fetch_tool(twilio: Cloud, tool_id: str) -> Json:
    return _describe_tool(twilio, twilio.assistants.find_tool(tool_id))


@router.put("/Tools/{tool_id}")
async def update_tool(twilio: Cloud, tool_id: str, body: Body) -> Json:
    tool = twilio.assistants.find_tool(tool_id)
    tool.request = parse(ToolRequest, {**tool.request.model_dump(), **without_null(body)})
    return _describe_tool(twilio, tool)


@router.delete("/Tools/{tool_id}", status_code=204)
async def delete_tool(twilio: Cloud, tool_id: str) -> None:
    twilio.assistants.delete_tool(tool_id)


@router.get("/Sessions")
async def list_sessions(twilio: Cloud, request: Request) -> Json:
    found = [session.to_json() for session in twilio.assistants.sessions.values()]
    return to_page(request, "sessions", found)


@router.get("/Sessions/{session_id:path}/Messages")
async def list_messages(twilio: Cloud, session_id: str, request: Request) -> Json:
    said = twilio.assistants.find_session(session_id).messages
    return to_page(request, "messages", [message.to_json() for message in said])


@router.get("/Sessions/{session_id:path}")
async def fetch_session(twilio: Cloud, session_id: str) -> Json:
    return twilio.assistants.find_session(session_id).to_json()


def _find_both(twilio: Twilio, assistant_id: str, tool_id: str) -> tuple[Tool, Assistant]:
    return twilio.assistants.find_tool(tool_id), twilio.assistants.find_assistant(assistant_id)


def _describe(twilio: Twilio, assistant: Assistant) -> Json:
    url = twilio.url("assistants", f"/v1/Assistants/{assistant.id}")
    return {**assistant.to_json(), "url": url}


def _describe_tool(twilio: Twilio, tool: Tool) -> Json:
    return {**tool.to_json(), "url": twilio.url("assistants", f"/v1/Tools/{tool.id}")}
