"""`/tools`: where an AI Assistant calls its tools.

What is answered is what the assistant reads: plain text, also where it failed.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from agent.channels.routes import agent_of
from tools.assistants.flex_handover import hand_over_to_flex
from tools.assistants.handover import Handovers
from tools.assistants.studio_handover import hand_over_to_studio
from tools.assistants.tool_call import HandoverError, ToolCall

GO_ON = "You still have this conversation: tell the customer that it did not work, and go on."
TRY_AGAIN = "Tell the customer that it is not certain; use this tool again if nobody comes."
Tool = Callable[[Handovers, ToolCall], Awaitable[str]]
logger = logging.getLogger(__name__)


def assistant_routes() -> Mount:
    return Mount(
        "/tools",
        routes=[
            Route("/studio-handover", studio_handover, methods=["POST"]),
            Route("/flex-handover", flex_handover, methods=["POST"]),
        ],
    )


async def studio_handover(request: Request) -> Response:
    """`?flowSid=FW...&successMessage=...`, the flow by default that of `STUDIO_FLOW_SID`."""
    return await _use(hand_over_to_studio, request)


async def flex_handover(request: Request) -> Response:
    """`?flexWorkspaceSid=WS...&flexWorkflowSid=WW...`, by default those of the settings."""
    return await _use(hand_over_to_flex, request)


async def _use(tool: Tool, request: Request) -> Response:
    """400: not asked like this; 404, 409: no such conversation, closed; 500: not configured; 502,
    503, 504: Twilio or the database is at fault."""
    body = await agent_of(request).ingress.read_tool_call(request)
    call = ToolCall(request.headers, request.query_params, body)
    try:
        return PlainTextResponse(await tool(request.app.state.handovers, call))
    except HandoverError as error:
        logger.warning("%s: %s", request.url.path, error)
        if not error.is_certain:
            text = f"It is not known whether the handover worked: {error}. {TRY_AGAIN}"
        else:
            text = f"Could not handover: {error}. {GO_ON}"
        return PlainTextResponse(text, error.status)
