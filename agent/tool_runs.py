"""Running the tools that the model calls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from agent.conversation import Conversation
from agent.errors import ModelError
from agent.language_model import ToolCall
from agent.tool import Tool


class ToolRuns:
    """Runs one of `tools` at a time, and notes each call with its output."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    async def run(
        self, conversation: Conversation, call: ToolCall, end: float | None = None
    ) -> None:
        """Run one tool and note call and output. One with effects goes on come what may; others
        raise ModelError at `end`, by the clock of the loop."""
        tool = self._tools.get(call.name)
        has_effects = tool is not None and tool.has_effects
        work = asyncio.create_task(self._call_and_note(conversation, call))
        try:
            async with asyncio.timeout_at(None if has_effects else end):
                await asyncio.shield(work)
        except TimeoutError:
            work.cancel()
            raise ModelError(f"The tool {call.name} took the rest of the turn") from None
        except asyncio.CancelledError:
            if not has_effects:
                work.cancel()
            else:
                conversation.effects.add(work)
                work.add_done_callback(conversation.effects.discard)
            raise

    async def _call_and_note(self, conversation: Conversation, call: ToolCall) -> None:
        output = await self._call(conversation, call)
        conversation.history.add_tool_call(call.call_id, call.name, call.arguments, output)

    async def _call(self, conversation: Conversation, call: ToolCall) -> str:
        tool = self._tools.get(call.name)
        if tool is None:
            return f"There is no tool {call.name}."
        if tool.has_effects and conversation.lookup:
            await asyncio.wait({conversation.lookup})
        return await tool.call(conversation, call.arguments)
