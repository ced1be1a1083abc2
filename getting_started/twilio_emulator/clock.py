"""The emulator's time: the machine's, or one that a test moves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def machine_time() -> datetime:
    return datetime.now(UTC)


class Clock:
    """What `now` says plus what `advance` adds to it, so that time-outs are reached at once."""

    def __init__(self, now: Callable[[], datetime] = machine_time) -> None:
        self._now = now
        self._offset = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._now() + self._offset

    def advance(self, seconds: float) -> None:
        self._offset += timedelta(seconds=seconds)
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of this clock, less what `advance` skips meanwhile."""
        due = self.now() + timedelta(seconds=seconds)
        while (left := (due - self.now()).total_seconds()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._moved.wait()

    def timestamp(self) -> str:
        """Now, as the APIs print it: `2026-11-02T10:15:00.120Z`."""
        return to_timestamp(self.now())


def to_timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
