"""The escalation tool: the model asks for a human."""

from __future__ import annotations

from agent.conversation import Conversation
from agent.handoff.payload import Escalation
from agent.tool import Tool
from tools.context import ToolContext


def create_tool(context: ToolContext) -> Tool:
    async def run(conversation: Conversation, escalation: Escalation) -> str:
        await context.handoffs.request(conversation, escalation)
        return "A colleague takes over as soon as you have said goodbye, in one short sentence."

    return Tool("handoff", Escalation, run, has_effects=True)
