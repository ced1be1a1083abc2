"""What the model may call: one tool a file, made here for one running agent."""

from __future__ import annotations

from agent.tool import Tool
from tools import handoff, lookup_order, recall_memory, search_knowledge
from tools.context import ToolContext


def create_tools(context: ToolContext) -> list[Tool]:
    """The tools the agent is given, in the order the model reads them."""
    return [
        search_knowledge.create_tool(context),
        lookup_order.create_tool(context),
        recall_memory.create_tool(context),
        handoff.create_tool(context),
    ]
