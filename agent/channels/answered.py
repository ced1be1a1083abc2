"""Messages that have been dealt with, noted in the database together, a moment later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from agent.store.message_claims import MessageClaims

logger = logging.getLogger(__name__)

NOTING_SECONDS = 1.0
"""Between notes, so that a message costs no write of its own. What a process that dies has not
noted, the next one looks for in the conversation (`agent/channels/left_behind.py`)."""
NAMES_WAITING = 10_000
"""While the database is away; the oldest go."""


class Answered:
    """Collects the names of messages. `run` runs the work."""

    def __init__(
        self, claims: MessageClaims, *, run: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        self._claims = claims
        self._run = run
        self._names: dict[str, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, names: Iterable[str]) -> None:
        """Have them noted soon; an empty name is none."""
        self._names |= {name: None for name in names if name}
        while len(self._names) > NAMES_WAITING:
            del self._names[next(iter(self._names))]
        if self._names and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(NOTING_SECONDS, lambda: self._run(self.note()))

    async def note(self) -> None:
        """Note them now; again later where the database does not take it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        names, self._names = self._names, {}
        if not names:
            return
        try:
            await self._claims.note_answered(names)
        except SQLAlchemyError as error:
            logger.warning("That messages were answered is noted later: %s", error)
            self.add(names)
