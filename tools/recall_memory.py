"""What Conversation Memory knows of this customer about one matter."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from agent.conversation import Conversation
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
        found = await context.memory.recall(conversation, arguments.query)
        return f"<customer_memory>\n{found}\n</customer_memory>" if found else "Nothing is known."

    return Tool("recall_memory", RecallMemory, run)
