"""A conversation as the agent holds it while it lasts."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Literal

from agent.handoff.record import HandoffRecord
from agent.history import History
from agent.phrases import ENGLISH, Phrases

Channel = Literal["VOICE", "SMS", "RCS", "WHATSAPP", "CHAT"]
IDLE_SECONDS = 24 * 3600.0
"""Then it is over, whatever Orchestrator's time-outs are, and whether or not it tells the end."""
IDLE_AT_ONCE = 20


@dataclass
class Conversation:
    """One customer, one channel, one exchange.

    `thread` names what a human would take over: the call (CA...), or the Conversations (Classic)
    conversation (CH...) where there is one. `turn` is held while a reply is made, so replies never
    overlap. `recollection` is what Conversation Memory knows, being fetched. `lookup` runs while
    `id` and `profile_id` are still being found out. `language` is what the caller speaks, once that
    is known; `phrases` are in the one that they hear. `effects` are tools that go on although their
    turn was broken off. `summarizing` runs while the oldest turns are put into a summary. `handoff`
    is set from the moment a human was asked for; `refusal` tells the customer why none can be had.
    """

    id: str
    channel: Channel
    thread: str
    customer_address: str
    agent_address: str
    history: History
    profile_id: str = ""
    language: str = ""
    phrases: Phrases = ENGLISH
    fillers_said: int = 0
    failed_turns: int = 0
    needs_fixed_goodbye: bool = False
    handoff: HandoffRecord | None = None
    refusal: str = ""
    recollection: asyncio.Task[str] | None = None
    lookup: asyncio.Task[None] | None = None
    summarizing: asyncio.Task[None] | None = None
    effects: set[asyncio.Task[None]] = field(default_factory=set)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    used_at: float = field(default_factory=time.monotonic)

    @property
    def is_spoken(self) -> bool:
        return self.channel == "VOICE"


class Conversations:
    """The conversations in progress, by thread; beyond `limit` the one idle for longest goes."""

    def __init__(self, *, limit: int = 10_000) -> None:
        self._limit = limit
        self._open: OrderedDict[str, Conversation] = OrderedDict()

    def get_or_open(self, thread: str, make: Callable[[], Conversation]) -> Conversation:
        if thread not in self._open:
            self._open[thread] = make()
        self._open[thread].used_at = time.monotonic()
        self._open.move_to_end(thread)
        while len(self._open) > self._limit:
            self._open.popitem(last=False)
        return self._open[thread]

    def find(self, thread: str) -> Conversation | None:
        return self._open.get(thread)

    def idle(self) -> list[Conversation]:
        """Some of those that have been idle for so long that they are over."""
        since = time.monotonic() - IDLE_SECONDS
        oldest = islice(self._open.values(), IDLE_AT_ONCE)
        return [*takewhile(lambda one: one.used_at < since, oldest)]

    def close(self, thread: str) -> None:
        self._open.pop(thread, None)

    def close_all(self, conversation_id: str, *, except_calls: bool = False) -> None:
        """Forget every thread of one Orchestrator conversation."""
        for thread, one in [*self._open.items()]:
            if one.id == conversation_id and not (except_calls and one.is_spoken):
                self.close(thread)

    def __len__(self) -> int:
        return len(self._open)
