"""Twilio's events in the order they came, each message let in once."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Coroutine
from typing import Any

from agent.channels.inbox import Event, name_of
from agent.store.message_claims import Claimed, MessageClaims

logger = logging.getLogger(__name__)

EVENTS_REMEMBERED = 10_000
CLAIM_SECONDS = 1.0
"""So long messages wait for the database."""


class Arrivals:
    """Between the webhook and the inboxes. `admit` takes what is let in, `forget` the conversations
    of which this process remembers what is old, `run` runs the work."""

    def __init__(
        self,
        claims: MessageClaims,
        *,
        admit: Callable[[Event], None],
        forget: Callable[[Collection[str]], None],
        run: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._claims = claims
        self._admit = admit
        self._forget = forget
        self._run = run
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._waiting: deque[tuple[Event, str]] = deque()
        self._is_working = False
        self._claimed = asyncio.Event()
        self._claiming: asyncio.Task[Claimed] | None = None

    async def put(self, event: Event, name: str = "") -> None:
        """Of all events with one name, the first one is let in, by one of all processes that share
        the database, the one that has the conversation; an event without a name always is.

        Returns when that is decided. A message is then kept in the database, unless that did not
        answer in time, until it is noted as answered: it outlives this process.
        """
        if name in self._seen:
            return
        if len(self._waiting) >= EVENTS_REMEMBERED:
            logger.error("An event was left out: too many are waiting")
            return
        if name:
            self._remember(name)
        self._waiting.append((event, name))
        claimed = self._claimed
        if not self._is_working:
            self._is_working = True
            self._run(self._work())
        await claimed.wait()

    def _remember(self, name: str) -> None:
        self._seen[name] = None
        if len(self._seen) > EVENTS_REMEMBERED:
            self._seen.popitem(last=False)

    async def _work(self) -> None:
        """All that wait cost one write."""
        try:
            while self._waiting:
                batch = [*self._waiting]
                self._waiting.clear()
                claimed, self._claimed = self._claimed, asyncio.Event()
                try:
                    await self._let_in(batch)
                finally:
                    claimed.set()
        finally:
            self._is_working = False

    async def _let_in(self, batch: list[tuple[Event, str]]) -> None:
        ours = await self._claim(
            {name: event if name_of(event) else None for event, name in batch if name}
        )
        for event, name in batch:
            if not name or name in ours:
                self._admit(event)

    async def _claim(self, names: dict[str, Event | None]) -> Collection[str]:
        """Those that are ours. All of them where the database does not say so in time, until it
        does again: rather twice than never."""
        if not names or (self._claiming and not self._claiming.done()):
            return names
        self._claiming = asyncio.create_task(self._claims.take(names))
        await asyncio.wait({self._claiming}, timeout=CLAIM_SECONDS)
        if not self._claiming.done():
            logger.warning("The database is slow: a repeated message may be answered twice")
            self._claiming.add_done_callback(_warn_of_failure)
            return names
        if _warn_of_failure(self._claiming):
            return names
        claimed = self._claiming.result()
        self._forget(claimed.moved)
        return claimed.names


def _warn_of_failure(claiming: asyncio.Task[Claimed]) -> bool:
    """Whether it has failed."""
    error = None if claiming.cancelled() else claiming.exception()
    if error:
        logger.warning("A repeated message may be answered twice: %s", error)
    return error is not None
