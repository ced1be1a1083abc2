"""One round of a turn: the model is asked once, with all that is known of the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from agent.conversation import Conversation
from agent.errors import ModelError
from agent.history import Item
from agent.instructions import instructions_for, quote_recollection, quote_summary
from agent.language_model import LanguageModel, ModelRequest, ToolCall
from agent.languages import note_of_language
from agent.memory import CustomerMemory
from agent.metrics import Metrics
from agent.pauses import with_pauses
from agent.settings import Settings
from agent.spoken_text import Wording
from agent.tool import Tool


class ModelRounds:
    """Asks the model for words, and for calls of `tools`."""

    def __init__(
        self,
        model: LanguageModel,
        tools: Sequence[Tool],
        memory: CustomerMemory,
        metrics: Metrics,
        settings: Settings,
    ) -> None:
        self._model = model
        self._definitions = [tool.to_definition() for tool in tools]
        self._memory = memory
        self._metrics = metrics
        self._settings = settings

    async def begin(
        self,
        conversation: Conversation,
        wording: Wording,
        calls: list[ToolCall],
        *,
        may_call_tools: bool,
        first_token_seconds: float,
        end: float,
    ) -> AsyncGenerator[str, None]:
        """The words, as they come until `end`, by the clock of the loop; tool calls are added to
        `calls`. To read them raises ModelError.

        Words that were given out are in the history as what the agent has said.
        """
        items = await self._input(conversation)
        request = ModelRequest(
            instructions_for(conversation),
            items,
            self._definitions,
            may_call_tools=may_call_tools,
            first_token_seconds=first_token_seconds,
            total_seconds=end - asyncio.get_running_loop().time(),
            is_heard=conversation.is_spoken,
        )
        return _noting(conversation, self._pieces(request, wording, calls))

    async def _pieces(
        self, request: ModelRequest, wording: Wording, calls: list[ToolCall]
    ) -> AsyncGenerator[str, None]:
        """The words of one call of the model; its tool calls are added to `calls`."""
        events = with_pauses(self._model.stream(request), lambda: wording.patience)
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, ToolCall):
                        calls.append(event)
                    elif piece := wording.feed(event.text) if event else wording.hasten():
                        yield piece
        except ModelError:
            self._metrics.count_model_failure()
            if piece := wording.break_off():
                yield piece
            raise
        if piece := wording.flush():
            yield piece

    async def _input(self, conversation: Conversation) -> list[Item]:
        recollection = await self._memory.recollection_of(conversation)
        history = conversation.history
        quoted = [quote_recollection(recollection)] if recollection else []
        earlier = [quote_summary(history.summary)] if history.summary else []
        note = self._note_of_language(conversation)
        return quoted + earlier + note + history.items()

    def _note_of_language(self, conversation: Conversation) -> list[Item]:
        settings = self._settings
        usual = settings.usual_language
        note = note_of_language(conversation.language, settings.languages, usual=usual)
        return [{"role": "developer", "content": note}] if note else []


async def _noting(
    conversation: Conversation, pieces: AsyncGenerator[str, None]
) -> AsyncGenerator[str, None]:
    """The pieces; those that were given out are kept as what the agent has said."""
    said = ""
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                said += piece
                yield piece
    finally:
        conversation.history.add_agent(said)
