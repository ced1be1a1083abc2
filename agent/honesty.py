"""No promise of a person stands that nobody keeps.

A written reply is looked at before it is sent: the model may put it right once. Spoken words are
out already. A promise that is left is kept by a real handoff; where none can be had, it is taken
back in words.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing

from agent.conversation import Conversation
from agent.errors import ModelError
from agent.handoff.payload import Escalation
from agent.history import Item
from agent.instructions import FALSE_PROMISE
from agent.language_model import ToolCall
from agent.metrics import Metrics
from agent.promises import find_promise, without_promises

logger = logging.getLogger(__name__)

TOOL = "handoff"
Rounds = Callable[[Conversation], AsyncGenerator[str, None]]
RunTool = Callable[[Conversation, ToolCall], Awaitable[None]]


class Honesty:
    """`rounds` makes a reply of the model, `run_tool` runs a tool and notes it in the history."""

    def __init__(self, rounds: Rounds, run_tool: RunTool, metrics: Metrics) -> None:
        self._rounds = rounds
        self._run_tool = run_tool
        self._metrics = metrics

    def reply(self, conversation: Conversation) -> AsyncGenerator[str, None]:
        """The model's words, whose promises hold. Raises ModelError as `rounds` does."""
        return self._speak(conversation) if conversation.is_spoken else self._write(conversation)

    async def _speak(self, conversation: Conversation) -> AsyncGenerator[str, None]:
        failure: ModelError | None = None
        try:
            async with aclosing(self._rounds(conversation)) as rounds:
                async for words in rounds:
                    yield words
        except ModelError as error:
            failure = error
        if conversation.handoff is None and find_promise(_last_words(conversation.history.turn())):
            if not await self._keep(conversation):
                yield f" {conversation.phrases.taken_back}"
        elif failure:
            raise failure

    async def _write(self, conversation: Conversation) -> AsyncGenerator[str, None]:
        words, failure = await _collect(self._rounds(conversation))
        if conversation.handoff is not None or not find_promise(words):
            yield words
            if failure:
                raise failure
            return
        conversation.history.add_note({"role": "developer", "content": FALSE_PROMISE})
        again, failure = await _collect(self._rounds(conversation))
        if conversation.handoff is not None:
            self._metrics.count_false_promise(conversation.channel, "handed_over_by_model")
            yield again
        elif again.strip() and failure is None and not find_promise(again):
            self._metrics.count_false_promise(conversation.channel, "reworded")
            yield again
        elif await self._keep(conversation):
            yield without_promises(words)
        else:
            yield f"{without_promises(words)} {conversation.phrases.taken_back}".strip()

    async def _keep(self, conversation: Conversation) -> bool:
        """Hand over as was promised; if that cannot be, it is in the history that it was said."""
        logger.warning("A person was promised on %s without a handoff", conversation.id)
        said = conversation.history.turn()[0]["content"]
        reason = f"The virtual agent promised a person after the customer had said: {said}"
        await self._run_tool(conversation, to_handoff_call(Escalation(reason=reason)))
        is_kept = conversation.handoff is not None
        if not is_kept:
            conversation.history.add_agent(conversation.phrases.taken_back)
        done = "handed_over" if is_kept else "taken_back"
        self._metrics.count_false_promise(conversation.channel, done)
        return is_kept


def to_handoff_call(escalation: Escalation) -> ToolCall:
    """The model's call of the handoff tool, made in its place."""
    return ToolCall(f"call_{secrets.token_hex(8)}", TOOL, escalation.model_dump_json())


async def _collect(rounds: AsyncGenerator[str, None]) -> tuple[str, ModelError | None]:
    """All words, and the failure they ended in."""
    words = ""
    try:
        async with aclosing(rounds):
            async for more in rounds:
                words += more
    except ModelError as error:
        return words, error
    return words, None


def _last_words(turn: Iterable[Item]) -> str:
    """What was said last in a turn: words after a refused handoff answer for those before it."""
    said: list[list[str]] = [[]]
    for item in turn:
        if item.get("name") == TOOL:
            said.append([])
        elif item.get("role") == "assistant":
            said[-1].append(item["content"])
    return "\n".join(next((words for words in reversed(said) if words), []))
