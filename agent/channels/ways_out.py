"""The ways by which a message leaves; each can look whether it has left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from agent.twilio_api.classic import ClassicClient
from agent.twilio_api.orchestrator import OrchestratorClient


class WayOut(Protocol):
    """One message on one way. Both methods raise TwilioApiError."""

    shows_within: ClassVar[Sequence[float]]
    """Pauses, each before a look for a message that may have been sent."""

    async def post(self) -> None:
        """Have it sent."""

    async def is_there(self, *, seconds: float) -> bool:
        """Whether it has been sent within the last `seconds`, this way or another."""


@dataclass(frozen=True)
class ByAction:
    """By Orchestrator, which takes a message at once and sends it a moment later."""

    shows_within: ClassVar[Sequence[float]] = (0.4, 1.2)
    orchestrator: OrchestratorClient
    conversation_id: str
    payload: dict[str, Any]
    author: str

    async def post(self) -> None:
        await self.orchestrator.send_message(self.conversation_id, self.payload)

    async def is_there(self, *, seconds: float) -> bool:
        text = self.payload["content"]["text"]
        return await self.orchestrator.has_said(
            self.conversation_id, text, self.author, seconds=seconds
        )


@dataclass(frozen=True)
class ByClassic:
    """Into the classic conversation (CH...), past Orchestrator."""

    shows_within: ClassVar[Sequence[float]] = (0.2,)
    classic: ClassicClient
    thread: str
    author: str
    text: str

    async def post(self) -> None:
        await self.classic.create_message(self.thread, author=self.author, body=self.text)

    async def is_there(self, *, seconds: float) -> bool:
        return await self.classic.has_message(
            self.thread, author=self.author, body=self.text, seconds=seconds
        )
