"""Whether a human can take over now, known before the model promises anything."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from agent.errors import TwilioApiError
from agent.handoff.opening_hours import OpeningHours, in_words
from agent.phrases import ENGLISH, Calendar
from agent.settings import Settings
from agent.twilio_api.taskrouter import Load, TaskRouterClient

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.5
KEPT_SECONDS = 5.0


class Why(StrEnum):
    """Why no human can take over."""

    CLOSED = "closed"
    NOBODY = "nobody"
    BUSY = "busy"


@dataclass(frozen=True)
class Absence:
    """`opens` is the time, unless that is far off; `waiting` customers are there already."""

    why: Why
    opens: datetime | None = None
    waiting: int = 0
    seen: datetime = field(default_factory=lambda: datetime.now(UTC))

    def until(self, calendar: Calendar = ENGLISH.calendar) -> str:
        """When it opens in words, empty when that is far off."""
        return in_words(self.opens, self.seen, calendar) if self.opens else ""


class Availability:
    """Opening hours first, then the desk: TaskRouter's figures, read at most every few seconds.

    What cannot be read keeps nobody from a human: it counts as somebody being there.
    """

    def __init__(self, settings: Settings, workspace: TaskRouterClient) -> None:
        self._hours = hours_of(settings)
        self._workspace = workspace if settings.checks_desk else None
        self._queue_sid = settings.flex_queue_sid
        self._checks_workers = settings.check_workers
        self._longest_queue = settings.longest_queue
        self._reading: asyncio.Task[Load | None] | None = None
        self._read_at = 0.0

    async def look(self) -> Absence | None:
        """Why nobody can take over, or None."""
        now = datetime.now(UTC)
        if self._hours and not self._hours.is_open(now):
            return Absence(Why.CLOSED, opens=self._hours.next_opening(now), seen=now)
        load = await self._read_load()
        if load is None:
            return None
        if self._checks_workers and not load.available_workers:
            return Absence(Why.NOBODY, waiting=load.waiting_tasks)
        if self._longest_queue is not None and load.waiting_tasks > self._longest_queue:
            return Absence(Why.BUSY, waiting=load.waiting_tasks)
        return None

    async def _read_load(self) -> Load | None:
        """One reading serves all who ask meanwhile and shortly after."""
        if self._workspace is None:
            return None
        now = asyncio.get_running_loop().time()
        if self._reading is None or now - self._read_at > KEPT_SECONDS:
            self._reading = asyncio.create_task(self._fetch_load(self._workspace))
            self._read_at = now
        return await asyncio.shield(self._reading)

    async def _fetch_load(self, workspace: TaskRouterClient) -> Load | None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await workspace.fetch_load(self._queue_sid)
        except (TwilioApiError, TimeoutError) as error:
            logger.warning("Whether somebody is there is unknown: %r", error)
            return None


def hours_of(settings: Settings) -> OpeningHours | None:
    if settings.opening_hours is None:
        return None
    return OpeningHours(settings.opening_hours, settings.time_zone, frozenset(settings.holidays))
