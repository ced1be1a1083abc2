"""The handoff record: one per escalation, and the rules of its states."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from agent.errors import HandoffError
from agent.handoff.payload import HandoffPayload


class HandoffState(StrEnum):
    """Where a handoff is on its way to the human."""

    REQUESTED = "requested"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    FAILED = "failed"


_MOVES = {
    HandoffState.REQUESTED: {HandoffState.DELIVERING, HandoffState.FAILED},
    HandoffState.DELIVERING: {HandoffState.DELIVERED, HandoffState.FAILED},
    HandoffState.DELIVERED: set(),
    HandoffState.FAILED: set(),
}


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class HandoffRecord:
    """One attempt to bring one conversation to a human.

    `thread` is what the human takes over (see `Conversation.thread`); `changed_at` holds the time
    of every state reached; `execution_sid` (FN...) is known once Studio took it; `failure` says in
    words why it failed.
    """

    id: str
    thread: str
    channel: str
    attempt: int
    payload: HandoffPayload
    state: HandoffState = HandoffState.REQUESTED
    changed_at: dict[HandoffState, datetime] = field(default_factory=dict)
    execution_sid: str = ""
    failure: str = ""

    @property
    def conversation_id(self) -> str:
        return self.payload.conversation_id

    @property
    def is_open(self) -> bool:
        """Whether it holds the conversation: under way, or with the human."""
        return self.state is not HandoffState.FAILED

    def move(
        self, state: HandoffState, *, execution_sid: str = "", failure: str = ""
    ) -> HandoffRecord:
        """The record in its next state. Raises HandoffError when that move is not allowed."""
        if state not in _MOVES[self.state]:
            raise HandoffError(f"A handoff that is {self.state} cannot become {state}")
        return replace(
            self,
            state=state,
            changed_at={**self.changed_at, state: _now()},
            execution_sid=execution_sid or self.execution_sid,
            failure=failure or self.failure,
        )


class HandoffStore(Protocol):
    """Keeps the records."""

    async def claim(self, thread: str, channel: str, payload: HandoffPayload) -> HandoffRecord:
        """The thread's open record, or a new one in state `requested`.

        Two claims at once get the same record.
        """

    async def save(self, record: HandoffRecord) -> None:
        """Keep the record in its new state."""

    async def latest(self, thread: str) -> HandoffRecord | None:
        """The thread's newest record."""


class MemoryHandoffStore:
    """Records in this process, the oldest forgotten beyond `limit`."""

    def __init__(self, *, limit: int = 10_000) -> None:
        self._limit = limit
        self._latest: OrderedDict[str, HandoffRecord] = OrderedDict()

    async def claim(self, thread: str, channel: str, payload: HandoffPayload) -> HandoffRecord:
        before = self._latest.get(thread)
        if before and before.is_open:
            return before
        record = HandoffRecord(
            id=f"handoff_{secrets.token_hex(8)}",
            thread=thread,
            channel=channel,
            attempt=before.attempt + 1 if before else 1,
            payload=payload,
            changed_at={HandoffState.REQUESTED: _now()},
        )
        await self.save(record)
        return record

    async def save(self, record: HandoffRecord) -> None:
        self._latest[record.thread] = record
        self._latest.move_to_end(record.thread)
        while len(self._latest) > self._limit:
            self._latest.popitem(last=False)

    async def latest(self, thread: str) -> HandoffRecord | None:
        return self._latest.get(thread)
