"""What was written in a conversation before this process knew it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from agent.channels.inbox import text_of, thread_of
from agent.channels.messaging_channels import SteadyChannel, is_ours
from agent.conversation import Conversation
from agent.errors import TwilioApiError
from agent.instructions import quote_recollection

logger = logging.getLogger(__name__)

_CUSTOMER, _AGENT, _HUMAN = "customer", "agent", "human"


class Past:
    """Reads it back. The agent answers without where that takes longer than `seconds`."""

    def __init__(self, channels: Mapping[str, SteadyChannel], *, seconds: float) -> None:
        self._channels = channels
        self._seconds = seconds

    async def recall(self, conversation: Conversation) -> None:
        """Into its history, which is empty, up to what the customer writes now. Never fails."""
        orchestrator = self._channels[conversation.channel].conversation_orchestrator_client
        try:
            async with asyncio.timeout(self._seconds):
                written = await orchestrator.read_communications(conversation.id)
        except (TwilioApiError, TimeoutError) as error:
            what = str(error) or "no answer in time"
            logger.warning("What was written in %s is not known: %s", conversation.id, what)
            return
        self._retell(of_thread(written, conversation.thread), conversation)

    def _retell(self, written: Sequence[dict[str, Any]], conversation: Conversation) -> None:
        history = conversation.history
        lines = [(self._author_of(one, conversation), text_of(one)) for one in written]
        while lines and lines[-1][0] == _CUSTOMER:
            lines.pop()
        for author, said in groupby(lines, key=lambda line: line[0]):
            text = "\n".join(text for _author, text in said)
            if author == _CUSTOMER:
                history.add_customer(text)
            elif author == _AGENT:
                history.add_agent(text)
            else:
                history.add_note(quote_recollection(f"A human colleague wrote here: {text}"))

    def _author_of(self, communication: dict[str, Any], conversation: Conversation) -> str:
        if is_ours(communication, self._channels):
            return _AGENT
        author = communication.get("author")
        address = author.get("address") if isinstance(author, dict) else None
        return _CUSTOMER if address == conversation.customer_address else _HUMAN


def of_thread(written: Sequence[dict[str, Any]], thread: str) -> list[dict[str, Any]]:
    """Those that are of no other thread."""
    return [
        one
        for one in written
        if thread_of(one) in {thread, one.get("conversationId")} and not _is_spoken(one)
    ]


def _is_spoken(communication: dict[str, Any]) -> bool:
    content = communication.get("content")
    return isinstance(content, dict) and content.get("type") == "TRANSCRIPTION"
