"""A language model that says what a test tells it to, in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from agent.errors import ModelError
from agent.language_model import ModelEvent, ModelRequest, TextDelta, ToolCall

Step = list[str | ToolCall | ModelError]
"""One answer: words, tool calls, and perhaps the failure it ends in."""


class ScriptedModel:
    """Gives one step an answer, the last one again and again; keeps the requests."""

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.requests: list[ModelRequest] = []

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.requests.append(request)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        for event in step:
            if isinstance(event, ModelError):
                raise event
            if isinstance(event, str):
                yield TextDelta(event)
            elif request.may_call_tools:
                yield event

    async def warm_up(self) -> None:
        """Nothing is cold."""

    async def close(self) -> None:
        """Nothing is held."""
