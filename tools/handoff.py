"""The escalation tool: the model asks for a human."""

from __future__ import annotations

import logging

from agent.conversation import Conversation
from agent.errors import HandoffError, ToolError
from agent.handoff.payload import Escalation
from agent.tool import Tool
from tools.context import ToolContext

logger = logging.getLogger(__name__)

NOT_NOW = (
    "The handoff failed: no further handoff of this conversation is possible now. Tell the "
    "customer so, and go on helping as well as you can."
)


def create_tool(context: ToolContext) -> Tool:
    async def run(conversation: Conversation, escalation: Escalation) -> str:
        try:
            await context.handoffs.request(conversation, escalation)
        except HandoffError as error:
            logger.warning("No handoff of %s: %s", conversation.id, error)
            raise ToolError(NOT_NOW) from error
        return "A colleague takes over as soon as you have said goodbye, in one short sentence."

    return Tool("handoff", Escalation, run, has_effects=True)
