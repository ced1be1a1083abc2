"""Words that bridge a wait."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agent.conversation import Conversation
from agent.errors import ModelError
from agent.pauses import with_pauses
from agent.spoken_text import Wording

MOST = 2
"""Fillers in one reply; each waits longer than the one before."""


async def with_fillers(
    words: AsyncGenerator[str, None],
    conversation: Conversation,
    wording: Wording,
    *,
    seconds: float,
) -> AsyncGenerator[str, None]:
    """The words, and a filler where the first, or those after a tool, take longer than `seconds`.
    An empty word tells that a tool begins.

    0: no fillers. What is said is in the history. Raises ModelError when there are no words but
    fillers, and nobody else takes over.
    """
    said, has_words = 0, False

    def patience() -> float | None:
        is_needed = seconds > 0 and wording.is_waiting and said < MOST
        return seconds * (said + 1) if is_needed else None

    async with aclosing(with_pauses(words, patience)) as pieces:
        async for piece in pieces:
            if piece is None:
                said += 1
                piece = wording.insert(_next_filler(conversation))
                conversation.history.add_agent(piece)
            elif piece:
                has_words = True
            else:
                continue
            yield piece
    if said and not has_words and conversation.handoff is None:
        raise ModelError("The model said nothing")


def _next_filler(conversation: Conversation) -> str:
    """In turn, so that none comes twice running."""
    fillers = conversation.phrases.fillers
    conversation.fillers_said += 1
    return fillers[conversation.fillers_said % len(fillers)]
