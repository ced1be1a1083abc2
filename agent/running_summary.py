"""What a long conversation was about before its newest turns, kept short by the model itself.

So the model's input stays flat, and its beginning the same from turn to turn, which is what makes
prompt caching work (https://platform.openai.com/docs/guides/prompt-caching).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from agent.conversation import Conversation
from agent.errors import ModelError
from agent.history import Item
from agent.instructions import CONDENSE, is_quoted
from agent.language_model import LanguageModel, ModelRequest, TextDelta

logger = logging.getLogger(__name__)

FIRST_TOKEN_SECONDS: Final = 10.0
TOTAL_SECONDS: Final = 30.0
LONGEST: Final = 1_200
"""Characters of a summary: more than the model is asked for, so that it is hardly ever cut."""
LONGEST_OUTPUT: Final = 500
"""Characters of what a tool brought back that are summarized."""


class RunningSummary:
    """Puts a summary in the place of a conversation's oldest turns."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    def start(self, conversation: Conversation) -> None:
        """Begin, beside the talk, if there is something to put short. Never fails."""
        if conversation.summarizing is None and conversation.history.oldest():
            task = asyncio.create_task(self._write(conversation))
            conversation.summarizing = task
            task.add_done_callback(lambda _done: setattr(conversation, "summarizing", None))

    async def _write(self, conversation: Conversation) -> None:
        """Where the model fails, the turns stay as they are: the next turn tries again."""
        history = conversation.history
        oldest = history.oldest()
        lines = [_to_line(item) for turn in oldest for item in turn]
        if history.summary:
            lines.insert(0, f"Earlier: {history.summary}")
        request = ModelRequest(
            CONDENSE,
            [{"role": "user", "content": "\n".join(lines)}],
            may_call_tools=False,
            first_token_seconds=FIRST_TOKEN_SECONDS,
            total_seconds=TOTAL_SECONDS,
            is_heard=False,
        )
        events = self._model.stream(request)
        try:
            words = [event.text async for event in events if isinstance(event, TextDelta)]
        except ModelError as error:
            logger.warning("No summary of %s: %s", conversation.id, error)
            return
        if summary := "".join(words).strip():
            history.fold(oldest, summary[:LONGEST])


def _to_line(item: Item) -> str:
    """On one line, whatever it holds: nobody's words can pass for a line of somebody else."""
    return " ".join(_to_text(item).split())


def _to_text(item: Item) -> str:
    match item:
        case {"role": "user", "content": str(words)} if not is_quoted(words):
            return f"Customer: {words}"
        case {"role": "assistant", "content": words}:
            return f"Agent: {words}"
        case {"type": "function_call", "name": name, "arguments": arguments}:
            return f"Agent: [uses {name}: {arguments}]"
        case {"type": "function_call_output", "output": output}:
            return f"Agent: [finds: {output[:LONGEST_OUTPUT]}]"
    return f"Agent: [is told: {item.get('content')}]"
