"""What Conversation Memory knows of this customer about one matter."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from agent.conversation import Conversation
from agent.errors import ToolError, TwilioApiError
from agent.instructions import quote_memory
from agent.memory import CustomerMemory
from agent.tool import Tool
from tools.context import ToolContext


class RecallMemory(BaseModel):
    """Recall what is known from earlier contacts with this customer about one matter."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(
        min_length=2, max_length=CustomerMemory.QUERY_LIMIT, description="What to look for."
    )


def create_tool(context: ToolContext) -> Tool:
    async def run(conversation: Conversation, arguments: RecallMemory) -> str:
        try:
            found = await context.memory.recall(conversation, arguments.query)
        except TwilioApiError:
            raise ToolError("The notes cannot be read just now. Go on without them.") from None
        return quote_memory(found) if found else "Nothing is known."

    return Tool("recall_memory", RecallMemory, run)
